import { describe, expect, it } from 'vitest';
import { parseMigration } from '../../src/db/migrate/files.ts';
import { readCheckout } from '../../src/gen/checkout.ts';
import {
  findMigrationBreaches,
  lockMigrations,
  migrationLockPath,
  parseMigrationLock,
  readCheckoutMigrations,
} from '../../src/gen/migration-lock.ts';

const first = parseMigration('0001_init.sql', 'create table a ();\n');
const second = parseMigration('0002_more.sql', 'create table b ();\n');
const locked = parseMigrationLock(lockMigrations([first, second]).content);

describe('the lock of the migrations', () => {
  it('holds each by its name, and takes in what is new', () => {
    expect(Object.keys(locked)).toEqual(['0001_init', '0002_more']);
    expect(findMigrationBreaches(parseMigrationLock(undefined), [first])).toEqual([]);
    expect(
      findMigrationBreaches(parseMigrationLock(lockMigrations([first]).content), [first, second]),
    ).toEqual([]);
  });

  it('finds one that was changed, by a single character too', () => {
    const changed = parseMigration('0001_init.sql', 'create table a ( );\n');
    expect(findMigrationBreaches(locked, [changed, second])).toMatchObject([
      {
        metric: '0001_init',
        rule: 'migration-locked',
        message: expect.stringMatching(/0001_init.sql was changed/),
      },
    ]);
  });

  it('finds one that is missing, or has another name', () => {
    expect(findMigrationBreaches(locked, [first])).toMatchObject([
      { metric: '0002_more', message: expect.stringMatching(/0002_more.sql is missing/) },
    ]);
    const renamed = parseMigration('0002_other.sql', 'create table b ();\n');
    expect(findMigrationBreaches(locked, [first, renamed])).toHaveLength(1);
  });

  it('takes line ends of another system for the same', () => {
    expect(
      findMigrationBreaches(locked, [parseMigration('0001_init.sql', 'create table a ();\r\n'), second]),
    ).toEqual([]);
  });

  it('is kept by the migrations of this checkout', () => {
    const ours = parseMigrationLock(readCheckout(migrationLockPath));
    expect(Object.keys(ours)).toContain('0001_init');
    expect(findMigrationBreaches(ours, readCheckoutMigrations())).toEqual([]);
  });
});
