import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const datasource = z.object({ type: z.string(), uid: z.string() });
const target = z.object({
  refId: z.string(),
  datasource,
  expr: z.string().optional(),
  instant: z.boolean().optional(),
  format: z.string().optional(),
  rawSql: z.string().optional(),
});
const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: datasource.optional(),
  targets: z.array(target).default([]),
});
const variable = z.object({
  name: z.string(),
  allValue: z.string(),
  query: z.union([z.string(), z.object({ query: z.string() }).transform(({ query }) => query)]),
});
const board = z.object({
  id: z.null(),
  uid: z.string(),
  title: z.string(),
  panels: z.array(panel),
  templating: z.object({ list: z.array(variable) }),
});

export type Board = z.infer<typeof board>;

export const boardFiles = ['containers.json', 'containers-postgresql.json'] as const;

export function grafanaFile(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../grafana/${path}`, import.meta.url)), 'utf8');
}

export function readBoard(file: (typeof boardFiles)[number]): Board {
  return board.parse(JSON.parse(grafanaFile(`dashboards/${file}`)));
}

export interface View {
  readonly from: Date;
  readonly to: Date;
  readonly intervalSeconds: number;
  /** What is chosen; a variable that is not here stands at `All`. */
  readonly chosen?: Readonly<Record<string, readonly string[]>>;
}

/** What Grafana's PostgreSQL data source makes of a query before it sends it. */
export function expandSql(sql: string, { from, to, intervalSeconds, chosen = {} }: View): string {
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const column = '([\\w.]+)';
  return sql
    .replace(/\$\{(\w+):sqlstring\}/g, (_, name: string) => chosen[name]?.map(quote).join(',') ?? "'*'")
    .replace(new RegExp(`\\$__timeFilter\\(${column}\\)`, 'g'), (_, name: string) => {
      return `${name} BETWEEN ${quote(from.toISOString())} AND ${quote(to.toISOString())}`;
    })
    .replace(new RegExp(`\\$__timeGroupAlias\\(${column}, \\$__interval\\)`, 'g'), (_, name: string) => {
      return `floor(extract(epoch from ${name})/${intervalSeconds})*${intervalSeconds} AS "time"`;
    })
    .replaceAll('$__interval_ms', String(intervalSeconds * 1000))
    .replaceAll('$__timeFrom()', quote(from.toISOString()))
    .replaceAll('$__timeTo()', quote(to.toISOString()));
}

/** What Grafana's Prometheus data source makes of a query before it sends it. */
export function expandPromql(
  query: string,
  { intervalSeconds, chosen = {} }: Pick<View, 'intervalSeconds' | 'chosen'>,
): string {
  return query
    .replaceAll('$__rate_interval', `${4 * intervalSeconds}s`)
    .replace(/\$(server|agent|container)\b/g, (_, name: string) => {
      const values = chosen[name];
      return values === undefined ? '.*' : `(${values.join('|')})`;
    });
}
