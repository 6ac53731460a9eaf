import { describe, expect, it } from 'vitest';
import { type ServerTraits, serverFault, type Undertaking } from '../../../src/db/migrate/server-check.ts';

const traits = { version: '17.2', versionNumber: 170_002, encoding: 'UTF8', readOnly: false };
const undertaking = { isNew: true, writes: true };

describe('serverFault', () => {
  it.each<[string, Partial<ServerTraits>, Partial<Undertaking>]>([
    ['the newest', { version: '18.0', versionNumber: 180_000 }, {}],
    ['the oldest that will do', { version: '14.0', versionNumber: 140_000 }, {}],
    ['bytes for texts', { encoding: 'SQL_ASCII' }, {}],
    ['a database that was begun in another encoding', { encoding: 'LATIN1' }, { isNew: false }],
    ['a standby of which nothing is wanted', { readOnly: true }, { isNew: false, writes: false }],
  ])('finds none in %s', (_what, some, of) => {
    expect(serverFault({ ...traits, ...some }, { ...undertaking, ...of })).toBeUndefined();
  });

  it.each<[string, Partial<ServerTraits>, Partial<Undertaking>, string, RegExp]>([
    [
      'an old server, before all else',
      { version: '13.14', versionNumber: 130_014, readOnly: true },
      {},
      'database_schema',
      /the server is PostgreSQL 13\.14, and 14 or newer is needed/,
    ],
    [
      'a standby',
      { readOnly: true },
      { isNew: false },
      'database_unavailable',
      /address is that of a standby/,
    ],
    ['an encoding that lacks characters', { encoding: 'WIN1252' }, {}, 'database_schema', /encoding WIN1252/],
  ])('finds %s', (_what, some, of, code, message) => {
    expect(serverFault({ ...traits, ...some }, { ...undertaking, ...of })).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
