import { entityOf, type Unit } from '../../metric/define.ts';
import { identity, type ReportSample } from './sample.ts';

const ofReport = entityOf<ReportSample>();

interface Sum {
  readonly name: string;
  readonly unit: Unit;
  readonly what: string;
}

const windows = { '1h': 'last hour', '24h': 'last 24 hours' } as const;

/** Every such sum is over the newest 1000 points that the agent stored, of whatever kind: a busy agent says too little. */
const sum = (
  { name, unit, what }: Sum,
  window: keyof typeof windows,
  read: (s: ReportSample) => number | undefined,
) =>
  ofReport.gauge({
    name: `ciris.agent.reported.${name}.${window}`,
    unit,
    value: 'double',
    brief: `${what} of the ${windows[window]} as the agent reports it, which is too low once it stored more than 1000 points.`,
    read,
  });

const carbon: Sum = { name: 'carbon', unit: 'g', what: 'Carbon dioxide' };
const energy: Sum = { name: 'energy', unit: 'J', what: 'Energy' };
const cost: Sum = { name: 'cost', unit: '{USD}', what: 'Cost of language models' };

/** What an agent reports of a time that lies behind it: windows, which must not be added up over time. */
export const agentReport = ofReport.entity({
  name: 'agent_report',
  brief: 'What an agent reports of its last hour and day; the time of a row is when it answered.',
  identity,
  metrics: {
    carbonHour: sum(carbon, '1h', (s) => s.carbonHour),
    carbonDay: sum(carbon, '24h', (s) => s.carbonDay),
    energyHour: sum(energy, '1h', (s) => s.energyHour),
    energyDay: sum(energy, '24h', (s) => s.energyDay),
    costHour: sum(cost, '1h', (s) => s.costHour),
    costDay: sum(cost, '24h', (s) => s.costDay),
    tasksDay: ofReport.gauge({
      name: 'ciris.agent.reported.tasks.24h',
      unit: '{task}',
      value: 'int',
      brief: 'Tasks completed in the last 24 hours, as the agent reports it.',
      read: (s) => s.tasksDay,
    }),
    deferrals: ofReport.gauge({
      name: 'ciris.agent.reported.deferrals',
      unit: '{deferral}',
      value: 'int',
      brief: 'Decisions that wait for a wise authority, as the agent reports it.',
      read: (s) => s.deferrals,
    }),
    points: ofReport.gauge({
      name: 'ciris.agent.reported.points',
      unit: '{point}',
      value: 'int',
      brief: 'Metric points that the agent stored, as it reports it; beyond 1000 its sums leave some out.',
      read: (s) => s.points,
    }),
  },
});
