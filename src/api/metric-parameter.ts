import { tableOf } from '../catalog/table.ts';
import type { AnyEntity, AnyMetric } from '../metric/define.ts';
import { constantsOf } from './filters.ts';
import { badParameters } from './problem.ts';

export interface ChosenMetric {
  /** The key of the metric in its entity. */
  readonly key: string;
  readonly metric: AnyMetric;
}

/**
 * Finds the metric that a client names by its key, its column or its OpenTelemetry name. Constant attributes choose
 * among metrics of one name. Throws a 400 that lists what there is when it is none or not one.
 */
export function chooseMetric(
  entity: AnyEntity,
  text: string,
  constants: Readonly<Record<string, string>>,
): ChosenMetric {
  const columns = tableOf(entity).columns.filter(({ part }) => part === 'value' || part === 'state');
  const keyOfColumn = columns.find(({ name }) => name === text)?.key;
  const named = Object.entries(entity.metrics)
    .filter(([key, metric]) => key === text || key === keyOfColumn || metric.name === text)
    .map(([key, metric]) => ({ key, metric }));
  const [chosen, ...others] = named.filter(({ metric }) => agrees(metric, constants));
  if (chosen !== undefined && others.length === 0) return chosen;
  const wrong = (message: string, accepted: string) =>
    badParameters([{ parameter: 'metric', value: text, message, accepted }]);
  if (named.length === 0) {
    throw wrong(`is no metric of ${entity.name}`, Object.keys(entity.metrics).join(', '));
  }
  const message =
    chosen === undefined
      ? `has none with ${inWords(constants)}`
      : `names ${others.length + 1} metrics: choose one by its key or by a further parameter`;
  throw wrong(message, named.map(({ key, metric }) => describe(key, constantsOf(metric))).join(', '));
}

function agrees(metric: AnyMetric, constants: Readonly<Record<string, string>>): boolean {
  const own = constantsOf(metric);
  return Object.entries(constants).every(([name, value]) => own[name] === value);
}

function inWords(constants: Readonly<Record<string, string>>): string {
  return Object.entries(constants)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function describe(key: string, constants: Readonly<Record<string, string>>): string {
  return Object.keys(constants).length === 0 ? key : `${key} (${inWords(constants)})`;
}
