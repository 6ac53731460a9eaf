import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/app/database.ts';
import { acceptedAgeMs } from '../../src/app/maintenance.ts';
import { startWriter } from '../../src/app/writer.ts';
import { catalog } from '../../src/catalog/catalog.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { dayMs } from '../../src/runtime/duration.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { until } from './support.ts';

describe('how old a row may be', () => {
  it('is what retention bears, or less', () => {
    expect(acceptedAgeMs(catalog, undefined)).toBe(5 * dayMs);
    expect(acceptedAgeMs(catalog, undefined, 0.5)).toBe(0.5 * dayMs);
    expect(acceptedAgeMs(catalog, { container: { raw: 3 * dayMs } })).toBe(dayMs);
  });

  it('is never more: the writer does not start', async () => {
    const config = {
      host: '127.0.0.1',
      port: 0,
      databaseUrl: 'postgresql://u@/d?host=/nowhere',
      stateDir: '/nowhere',
    };
    const retention = { container: { raw: 3 * dayMs } };
    const started = startWriter(
      { ...config, retention, maxAgeDays: 2 },
      { clock: systemClock, logger: silentLogger },
    );
    await expect(started).rejects.toThrow(
      'setting max-age-days: rows of 2 days cannot be accepted, for container takes none that is older than 1d',
    );
  });
});

describe('a database that is open', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('is maintained by one of those that opened it, and by another once that has closed it', async () => {
    const options = {
      databaseUrl: postgres.url,
      stateDir: '/nowhere',
      catalog,
      clock: systemClock,
      logger: silentLogger,
    };
    const one = await openDatabase(options);
    await until(async () => (one.maintenance().rounds >= 1 ? true : undefined));
    expect(one.maintenance()).toMatchObject({ leads: true, failures: 0 });
    const pool = postgres.pool(postgres.url, { size: 1 });
    const { rows } = await pool.query(
      `select count(*)::int as ahead from pg_class where relname ~ '^container_p2' and relispartition and relkind = 'r'`,
    );
    expect(rows[0].ahead).toBeGreaterThan(14);
    const other = await openDatabase(options);
    await one.close();
    await other.close();
    const third = await openDatabase(options);
    await until(async () => (third.maintenance().leads ? true : undefined));
    await third.close();
  });
});
