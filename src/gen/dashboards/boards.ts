import type { Artifact } from '../artifact.ts';
import { jsonArtifact } from '../artifact.ts';
import { type Board, containersBoard } from './containers.ts';
import { postgresSource } from './postgres-source.ts';
import { prometheusSource } from './prometheus-source.ts';

const containers: readonly (Board & { readonly file: string })[] = [
  {
    file: 'containers.json',
    source: prometheusSource,
    uid: 'ciris-containers',
    title: 'CIRIS containers (Prometheus)',
  },
  {
    file: 'containers-postgresql.json',
    source: postgresSource,
    uid: 'ciris-containers-postgresql',
    title: 'CIRIS containers (PostgreSQL)',
  },
];

/** Every dashboard, once per data source: a user has one of them or both, and a panel never asks for the other. */
export function generateDashboards(): readonly Artifact[] {
  return containers.map(({ file, ...board }) =>
    jsonArtifact(`grafana/dashboards/${file}`, containersBoard(board)),
  );
}
