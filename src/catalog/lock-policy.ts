import type { Breach } from './breach.ts';
import type { Lock, LockedMetric, LockedTable } from './lock.ts';

/** What a catalog would take back of what users already query: metrics, tables and columns stay, and keep their meaning. */
export function findLockBreaches(locked: Lock, current: Lock): readonly Breach[] {
  const metrics = new Map(current.metrics.map((metric) => [metric.name, metric]));
  const tables = new Map(current.tables.map((table) => [table.name, table]));
  return [
    ...locked.metrics.flatMap((metric) => checkMetric(metric, metrics.get(metric.name))),
    ...locked.tables.flatMap((table) => checkTable(table, tables.get(table.name))),
  ];
}

function checkMetric(before: LockedMetric, now: LockedMetric | undefined): readonly Breach[] {
  const { name, kind, unit } = before;
  if (now === undefined) return [breach(name, 'removed', `${name} is published and must stay`)];
  const found: Breach[] = [];
  if (now.kind !== kind)
    found.push(breach(name, 'kind', `${name} was ${kind} and cannot become ${now.kind}`));
  if (now.unit !== unit) {
    found.push(breach(name, 'unit', `${name} was in '${unit}' and cannot change to '${now.unit}'`));
  }
  const lost = before.attributes.filter((attribute) => !now.attributes.includes(attribute));
  for (const attribute of lost)
    found.push(breach(name, 'attribute', `${name} must keep attribute ${attribute}`));
  const isNew = (attribute: string) => !before.attributes.includes(attribute);
  if (kind !== 'info' && now.attributes.some(isNew)) {
    found.push(
      breach(name, 'attribute', `${name} cannot get another attribute: each of its series would change`),
    );
  }
  return found;
}

function checkTable(before: LockedTable, now: LockedTable | undefined): readonly Breach[] {
  const { name } = before;
  if (now === undefined) return [breach(name, 'removed', `table ${name} is published and must stay`)];
  const found: Breach[] = [];
  if (before.key.join() !== now.key.join()) {
    found.push(breach(name, 'key', `the key of table ${name} cannot change: ${before.key.join(', ')}`));
  }
  const columns = new Map(now.columns.map((column) => [column.name, column]));
  for (const column of before.columns) {
    const kept = columns.get(column.name);
    const subject = `${name}.${column.name}`;
    if (kept === undefined)
      found.push(breach(subject, 'removed', `column ${subject} is published and must stay`));
    else if (kept.type !== column.type) {
      found.push(
        breach(subject, 'type', `column ${subject} was ${column.type} and cannot become ${kept.type}`),
      );
    }
  }
  return found;
}

function breach(metric: string, rule: string, message: string): Breach {
  return { metric, rule, message };
}
