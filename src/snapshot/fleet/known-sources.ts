import { figureOf, inputs, type RowsByEntity } from '../inputs.ts';

/** What each kind of source is called where it tells how it was read. */
export const sourceNames = {
  targets: ['registry', 'settings', 'host'],
  deployments: ['manager_api', 'deployment_state', 'host_deployments'],
} as const;

/** Whether any of these sources gave content that can be used, now or before: what it does not name, there is not. */
export function hasSpoken(rowsOf: RowsByEntity, names: readonly string[]): boolean {
  return rowsOf(inputs.sourceReadAge.entity).some(
    (row) =>
      names.includes(row.identity['ciris.source'] ?? '') && figureOf(row, inputs.sourceReadAge) !== undefined,
  );
}
