import { figureOf, inputs, type RowsByEntity } from '../inputs.ts';

/** What each kind of source is called where it tells how it was read. */
export const sourceNames = {
  targets: ['registry', 'host'],
  deployments: ['manager_api', 'deployment_state', 'host_deployments'],
} as const;

/** Of the sources with these names, how many gave content that can be used, now or before, and how many never did, or not for so long. */
export function readingsOf(
  rowsOf: RowsByEntity,
  names: readonly string[],
  longestSeconds = Infinity,
): { readonly read: number; readonly unread: number } {
  const rows = rowsOf(inputs.sourceReadAge.entity).filter(({ identity }) =>
    names.includes(identity['ciris.source'] ?? ''),
  );
  const read = rows.filter((row) => {
    const age = figureOf(row, inputs.sourceReadAge);
    return age !== undefined && age <= longestSeconds;
  }).length;
  return { read, unread: rows.length - read };
}
