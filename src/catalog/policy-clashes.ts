import type { Breach } from './breach.ts';
import { type Catalog, storedEntities } from './catalog.ts';
import { type Family, familiesOf, labelName } from './families.ts';
import { reservedWords } from './reserved-words.ts';
import { tableOf } from './table.ts';

const reservedLabels = /^(__.*|job|instance|le|quantile|otel_scope_.*)$/;
/** The longest suffix that the name of something that belongs to a table takes, such as its index. */
const longestSuffix = '_pkey'.length;
const recordTable = 'migration';
/** PostgreSQL cuts longer names off without a word. */
const longestName = 63;

/** Names that two metrics would share, in OpenTelemetry or once Prometheus has mangled them. */
export function findNameClashes(catalog: Catalog): readonly Breach[] {
  const families = familiesOf(catalog);
  const names = families.map((family) => ({
    owner: describe(family),
    metric: family.name,
    name: family.name,
  }));
  const samples = families.flatMap((family) =>
    sampleNames(family).map((name) => ({ owner: describe(family), metric: family.name, name })),
  );
  return [...findShared('unique-name', names), ...findShared('unique-prometheus', samples)];
}

/**
 * A counter `x` owns `x`, `x_total` and `x_created` in OpenMetrics, and an info metric `x_info` owns `x`; whatever else is
 * named so takes the target down.
 */
function sampleNames({ kind, prometheusName }: Family): readonly string[] {
  if (kind === 'info') return [prometheusName.replace(/_info$/, ''), prometheusName];
  if (kind !== 'counter') return [prometheusName];
  const base = prometheusName.replace(/_total$/, '');
  return [base, prometheusName, `${base}_created`];
}

/** Attributes of one metric that would become one label, or one that Prometheus keeps for itself. */
export function findLabelClashes(catalog: Catalog): readonly Breach[] {
  return familiesOf(catalog).flatMap((family) => {
    const labels = family.attributes.map((attribute) => ({ attribute, label: labelName(attribute) }));
    const owned = labels.map(({ attribute, label }) => ({
      owner: attribute,
      metric: family.name,
      name: label,
    }));
    const reserved = labels
      .filter(({ label }) => reservedLabels.test(label))
      .map(({ attribute }) =>
        clash(family.name, 'reserved-label', `attribute ${attribute} is a reserved label`),
      );
    const prefixes = Object.keys(family.kind === 'info' ? family.entity.infoMaps : {});
    const shadowed = prefixes.flatMap((prefix) =>
      labels
        .filter(({ attribute, label }) => attribute !== prefix && label.startsWith(labelName(prefix)))
        .map(({ attribute }) =>
          clash(family.name, 'unique-label', `attribute ${attribute} begins as ${prefix}`),
        ),
    );
    return [...findShared('unique-label', owned), ...reserved, ...shadowed];
  });
}

/** Columns and tables that would share a name, or whose name PostgreSQL would cut off or take for a keyword. */
export function findColumnClashes(catalog: Catalog): readonly Breach[] {
  const tables = storedEntities(catalog).map(tableOf);
  const owned = tables.map((table) => ({
    owner: `entity ${table.entity}`,
    metric: table.entity,
    name: table.name,
  }));
  const columns = tables.flatMap(({ entity, columns }) => [
    ...findShared(
      'unique-column',
      columns.map(({ name, part, key }) => ({ owner: `${part} ${key}`, metric: `${entity}.${key}`, name })),
    ),
    ...columns.flatMap(({ name, key }) => checkIdentifier(`${entity}.${key}`, name, longestName)),
  ]);
  const taken = tables
    .filter(({ name }) => name === recordTable)
    .map(({ entity }) =>
      clash(entity, 'unique-table', `${recordTable} is where the database keeps its migrations`),
    );
  const names = tables.flatMap(({ entity, name }) =>
    checkIdentifier(entity, name, longestName - longestSuffix),
  );
  return [...findShared('unique-table', owned), ...taken, ...columns, ...names];
}

function checkIdentifier(metric: string, name: string, longest: number): readonly Breach[] {
  if (reservedWords.has(name)) return [clash(metric, 'reserved-word', `${name} is a reserved word of SQL`)];
  if (!/^[a-z_][a-z0-9_]*$/.test(name))
    return [clash(metric, 'identifier', `${name} would need quotes in SQL`)];
  if (name.length > longest) return [clash(metric, 'identifier', `${name} is longer than ${longest} bytes`)];
  return [];
}

interface Owned {
  readonly owner: string;
  readonly metric: string;
  readonly name: string;
}

function findShared(rule: string, all: readonly Owned[]): readonly Breach[] {
  const first = new Map<string, Owned>();
  return all.flatMap((next) => {
    const known = first.get(next.name);
    if (known !== undefined)
      return [clash(next.metric, rule, `${next.owner} and ${known.owner} are both ${next.name}`)];
    first.set(next.name, next);
    return [];
  });
}

function describe({ name, entity }: Family): string {
  return `${name} of ${entity.name}`;
}

function clash(metric: string, rule: string, message: string): Breach {
  return { metric, rule, message };
}
