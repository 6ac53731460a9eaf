import type { Catalog } from '../catalog/catalog.ts';
import { createPool } from '../db/connect/pool.ts';
import { createMaintenance, type Maintenance } from '../db/maintenance/maintenance.ts';
import { acceptedLateness, type RetentionWish, wantedPolicies } from '../db/policy/wanted.ts';
import type { Clock } from '../runtime/clock.ts';
import { dayMs, shortDuration } from '../runtime/duration.ts';
import { TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Releasers } from '../runtime/releasers.ts';

export interface MaintenanceConfig {
  /** Of the tables' owner. */
  readonly url: string;
  readonly catalog: Catalog;
  readonly retention: RetentionWish | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the schema is there. */
  readonly ready: () => boolean;
}

/** Filling a day of rollups of a large fleet may take a while. */
const statementTimeoutMs = 10 * 60_000;

/** Maintains a database in the background, if no other process does, until it is released. */
export function startMaintenance({ url, ...options }: MaintenanceConfig, releasers: Releasers): Maintenance {
  const { logger } = options;
  const pool = createPool(url, { logger, size: 1, statementTimeoutMs });
  releasers.add('maintenance connection', () => pool.end());
  const maintenance = createMaintenance({ pool, ...options });
  releasers.add('maintenance', () => maintenance.stop());
  maintenance.start();
  return maintenance;
}

/**
 * How old a row may be when it arrives, in milliseconds: what the retention of every table bears, or less where
 * `maxAgeDays` says so. Throws `setting_invalid` for settings that do not go together.
 */
export function acceptedAgeMs(
  catalog: Catalog,
  retention: RetentionWish | undefined,
  maxAgeDays?: number | undefined,
): number {
  const { policies } = wantedPolicies(catalog, retention);
  const late = acceptedLateness(policies);
  const maxAgeMs = maxAgeDays === undefined ? late : maxAgeDays * dayMs;
  if (maxAgeMs <= late) return maxAgeMs;
  const least = policies.find((policy) => policy.late === late);
  throw new TelemetryError(
    'setting_invalid',
    `setting max-age-days: rows of ${maxAgeDays} days cannot be accepted, for ${least?.relation.name} takes none that is older than ` +
      `${shortDuration(late)} (late in the setting retention), so that rollups and compressed chunks stay true: give max-age-days at most ` +
      `${late / dayMs}, or leave it out, or give a longer late`,
  );
}
