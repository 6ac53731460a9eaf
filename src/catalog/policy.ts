import type { AnyEntity, AnyMetric } from '../metric/define.ts';
import type { Breach } from './breach.ts';
import type { Catalog } from './catalog.ts';
import { findColumnClashes, findLabelClashes, findNameClashes } from './policy-clashes.ts';

/** Attributes that may tell things apart: bounded in number, and stable for the life of the thing. */
const boundedAttributes: ReadonlySet<string> = new Set([
  'ciris.agent.id',
  'ciris.agent.occurrence.id',
  'ciris.agent.service.name',
  'ciris.canary.group',
  'ciris.collector',
  'ciris.component',
  'ciris.deployment.id',
  'ciris.endpoint.name',
  'ciris.finding.kind',
  'ciris.server.id',
  'ciris.source',
  'ciris.version.slot',
  'container.id',
  'service.instance.id',
]);

const dottedName = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/;
const unitWords = /(^|[._])(seconds?|milliseconds?|minutes?|hours?|days?|bytes?|ratio|percent|total|count)$/;
const units = /^(|s|By|g|J|\{[A-Za-z]+\})$/;
const stateName = /^[a-z][a-z0-9_]*$/;

/** Every definition of a catalog that breaks a rule; none in a catalog that may be published. */
export function findPolicyBreaches(catalog: Catalog): readonly Breach[] {
  return [
    ...catalog.entities.flatMap((entity) => [
      ...checkEntity(entity),
      ...checkAttributes(entity),
      ...Object.values(entity.metrics).flatMap((metric) => checkMetric(entity, metric)),
      ...checkVariants(entity),
    ]),
    ...findNameClashes(catalog),
    ...findLabelClashes(catalog),
    ...findColumnClashes(catalog),
  ];
}

function checkEntity(entity: AnyEntity): readonly Breach[] {
  const found = checkBrief(entity.name, entity.brief);
  if (!stateName.test(entity.name)) {
    found.push(breach(entity.name, 'name', 'is no lower-case word, with underscores between its parts'));
  }
  return found;
}

function checkAttributes(entity: AnyEntity): readonly Breach[] {
  const found: Breach[] = [];
  for (const [name, { brief }] of Object.entries({ ...entity.identity, ...entity.info })) {
    found.push(...checkName(name), ...checkBrief(name, brief));
  }
  for (const [prefix, { brief }] of Object.entries(entity.infoMaps)) {
    found.push(...checkBrief(prefix, brief));
    if (!prefix.endsWith('.') || !dottedName.test(`${prefix}x`)) {
      found.push(breach(prefix, 'name', 'is no prefix such as container.label., which ends with a dot'));
    }
  }
  for (const name of Object.keys(entity.identity)) {
    if (!boundedAttributes.has(name)) {
      found.push(
        breach(name, 'identity', 'is not on the list of bounded attributes; make it an info attribute'),
      );
    }
  }
  return found;
}

function checkMetric(entity: AnyEntity, metric: AnyMetric): readonly Breach[] {
  const found = [...checkName(metric.name), ...checkBrief(metric.name, metric.brief)];
  if (unitWords.test(metric.name)) {
    found.push(breach(metric.name, 'name', 'ends with a unit; Prometheus names get it from the unit alone'));
  }
  if (metric.kind === 'stateset') return [...found, ...checkStates(metric.name, metric.states)];
  if (!units.test(metric.unit)) {
    found.push(
      breach(
        metric.name,
        'unit',
        `has the unit '${metric.unit}', which is none of '', 's', 'By', 'g', 'J', '{thing}'`,
      ),
    );
  }
  if (metric.kind === 'counter' && entity.start === undefined) {
    found.push(breach(metric.name, 'start', `counts, but entity ${entity.name} does not say since when`));
  }
  for (const name of Object.keys(metric.with ?? {})) found.push(...checkName(name));
  return found;
}

function checkStates(name: string, states: readonly string[]): readonly Breach[] {
  const wellNamed = states.every((state) => stateName.test(state));
  if (states.length > 1 && wellNamed && new Set(states).size === states.length) return [];
  return [breach(name, 'states', 'needs at least two different states, in lower case')];
}

/** Metrics of one name are one instrument: only what `with` says tells them apart. */
function checkVariants(entity: AnyEntity): readonly Breach[] {
  const first = new Map<string, AnyMetric>();
  const points = new Set<string>();
  const found: Breach[] = [];
  for (const metric of Object.values(entity.metrics)) {
    const known = first.get(metric.name) ?? metric;
    first.set(metric.name, known);
    if (instrumentOf(known) !== instrumentOf(metric)) {
      const message = 'is defined twice with another kind, unit, value, brief or set of attributes';
      found.push(breach(metric.name, 'variants', message));
    }
    const point = JSON.stringify([metric.name, constantsOf(metric)]);
    if (points.has(point)) {
      found.push(breach(metric.name, 'variants', 'is defined twice with the same attributes'));
    }
    points.add(point);
  }
  return found;
}

function instrumentOf(metric: AnyMetric): string {
  const attributes = constantsOf(metric).map(([name]) => name);
  const { kind, brief } = metric;
  return JSON.stringify(
    kind === 'stateset' ? [kind, brief, metric.states] : [kind, brief, metric.unit, metric.value, attributes],
  );
}

function constantsOf(metric: AnyMetric): readonly (readonly [string, string])[] {
  return metric.kind === 'stateset'
    ? []
    : Object.entries(metric.with ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function checkName(name: string): Breach[] {
  return dottedName.test(name)
    ? []
    : [breach(name, 'name', 'is no dotted lower-case name such as container.cpu.time')];
}

function checkBrief(subject: string, brief: string): Breach[] {
  const isSentence = /^[^\s].*[^.]\.$/.test(brief) && !brief.includes('\n');
  return isSentence ? [] : [breach(subject, 'brief', 'needs a brief of one line that ends with a full stop')];
}

function breach(metric: string, rule: string, message: string): Breach {
  return { metric, rule, message: `${metric} ${message}` };
}
