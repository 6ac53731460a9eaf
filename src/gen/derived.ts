import type { Breach } from '../catalog/breach.ts';
import { catalog } from '../catalog/catalog.ts';
import { lockOf } from '../catalog/lock.ts';
import { findLockBreaches } from '../catalog/lock-policy.ts';
import { findPolicyBreaches } from '../catalog/policy.ts';
import type { Artifact } from './artifact.ts';
import { findInCheckout, readCheckout } from './checkout.ts';
import { generateDashboards } from './dashboards/boards.ts';
import { withFreshDatabase } from './fresh-database.ts';
import { parseLock } from './lock-file.ts';
import { generateMetricsDoc } from './metrics-doc.ts';
import { generateMigration, lockPath } from './migration.ts';
import {
  findMigrationBreaches,
  lockMigrations,
  migrationLockPath,
  parseMigrationLock,
  readCheckoutMigrations,
} from './migration-lock.ts';
import { describeSchema } from './schema.ts';
import { generateSettingsDoc } from './settings-doc.ts';

const locked = parseLock(readCheckout(lockPath));
const current = lockOf(catalog);

/** What forbids generating anything from the catalog as it is. */
export function findBreaches(): readonly Breach[] {
  const lockedMigrations = parseMigrationLock(readCheckout(migrationLockPath));
  return [
    ...findPolicyBreaches(catalog),
    ...findLockBreaches(locked, current),
    ...findMigrationBreaches(lockedMigrations, readCheckoutMigrations()),
  ];
}

/** Everything that follows from the definitions alone. */
export function deriveArtifacts(): readonly Artifact[] {
  return [
    ...generateMigration({ locked, current, files: findInCheckout('migrations/*.sql') }),
    generateMetricsDoc(catalog),
    generateSettingsDoc(),
    ...generateDashboards(),
  ];
}

/** What follows from the migrations, once they are up to date. */
export async function describeMigrations(): Promise<readonly Artifact[]> {
  return [lockMigrations(readCheckoutMigrations()), await withFreshDatabase(describeSchema)];
}
