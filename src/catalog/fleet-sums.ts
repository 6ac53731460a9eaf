import { entityOf, type Unit } from '../metric/define.ts';
import type { FleetSample, SummedFigure } from './fleet-sample.ts';

const { updowncounter, gauge } = entityOf<FleetSample>();

type Role = 'agent' | 'other';

export const cores = (role: Role) =>
  updowncounter({
    name: 'ciris.fleet.cpu.usage',
    with: { 'ciris.container.role': role },
    unit: '{cpu}',
    value: 'double',
    brief: 'Cores in use by containers of agents and by all others, on hosts that answered.',
    read: ({ sums }) => sums[`cpu_${role}`]?.total,
  });

export const memory = (role: Role) =>
  updowncounter({
    name: 'ciris.fleet.memory.working_set',
    with: { 'ciris.container.role': role },
    unit: 'By',
    value: 'int',
    brief:
      'Memory in use by containers of agents and by all others, less the page cache that the kernel can drop at once, on hosts that answered.',
    read: ({ sums }) => sums[`memory_${role}`]?.total,
  });

interface Total {
  readonly figure: SummedFigure;
  readonly name: string;
  readonly unit: Unit;
  readonly brief: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly value?: 'int' | 'double';
}

/** Processes that end take their counts along, so the sum of their counters is none. */
export const sinceStart = ({ figure, name, brief, value = 'int', ...rest }: Total) =>
  updowncounter({
    ...rest,
    name: `ciris.fleet.${name}.since_start`,
    value,
    brief: `${brief}, added up over the processes of all agents, each since its start; it falls when one ends, so take rates of the counters of the agents.`,
    read: ({ sums }) => sums[figure]?.total,
  });

export const reported = ({ figure, name, unit, brief }: Total) =>
  gauge({
    name: `ciris.fleet.reported.${name}.24h`,
    unit,
    value: 'double',
    brief: `${brief} of the last 24 hours as the agents report it, which is too low for a busy agent; of occurrences of one agent, which share what they store, the greatest report counts alone.`,
    read: ({ sums }) => sums[figure]?.total,
  });

export const tokens = (type: 'input' | 'output') =>
  sinceStart({
    figure: `llm_tokens_${type}`,
    name: 'llm.tokens',
    with: { 'gen_ai.token.type': type },
    unit: '{token}',
    brief: 'Tokens to and from language models',
  });

export const sources = (figure: SummedFigure, state: 'included' | 'missing') =>
  updowncounter({
    name: 'ciris.fleet.sources',
    with: { 'ciris.fleet.figure': figure, 'ciris.fleet.source.state': state },
    unit: '{source}',
    value: 'int',
    brief:
      'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing.',
    read: ({ sums }) => sums[figure]?.[state],
  });
