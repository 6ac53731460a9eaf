import type { Moment } from './moment.ts';

/** How many providers of each type are registered; before the processor stands, those of adapters are missing. */
export function providersOf({ figures, shape }: Moment): Readonly<Record<string, number>> {
  const { tool, wiseAuthority } = shape.providers;
  const core = { memory: 1, llm: 1, config: 1, time: 1, tsdb_consolidation: 1 };
  if (figures.state === undefined) return { wise_authority: Math.max(1, wiseAuthority - 1), ...core };
  return { communication: 1, tool, wise_authority: wiseAuthority, runtime_control: 1, ...core };
}
