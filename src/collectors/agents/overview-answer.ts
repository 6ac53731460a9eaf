import { count, dollarsOf, FieldReader, finite, withoutEnvelope } from './field-reader.ts';
import type { ReportFigures } from './sample.ts';

export interface OverviewAnswer {
  readonly figures: ReportFigures;
  readonly problem: string | undefined;
}

const joulesOf = (kilowattHours: number | undefined): number | undefined =>
  kilowattHours === undefined ? undefined : kilowattHours * 3.6e6;

/**
 * The figures of an overview that stand nowhere else. Left out are its tokens, which it counts twice, its errors and
 * incidents, which are 0 whatever fails, its messages, which are thoughts, and the task, which is text of users.
 */
export function readOverviewAnswer(body: unknown): OverviewAnswer | undefined {
  const data = withoutEnvelope(body);
  if (data === undefined) return undefined;
  const reader = new FieldReader();
  const figure = (key: string): number | undefined => reader.required(data, key, finite);
  const figures: ReportFigures = {
    carbonHour: figure('carbon_last_hour_grams'),
    carbonDay: figure('carbon_24h_grams'),
    energyHour: joulesOf(figure('energy_last_hour_kwh')),
    energyDay: joulesOf(figure('energy_24h_kwh')),
    costHour: dollarsOf(figure('cost_last_hour_cents')),
    costDay: dollarsOf(figure('cost_24h_cents')),
    tasksDay: reader.required(data, 'tasks_completed_24h', count),
    deferrals: reader.required(data, 'active_deferrals', count),
    points: reader.required(data, 'total_metrics', count),
  };
  return { figures, problem: reader.problem };
}
