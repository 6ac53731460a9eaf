import { describe, expect, it } from 'vitest';
import { describeUrl, requireUrl } from '../../src/db/database-url.ts';

describe('describeUrl', () => {
  it.each([
    ['postgresql://user:secret@host:5432/db', 'postgresql://user:***@host:5432/db'],
    ['postgres://user:se%40cret@host/db?sslmode=verify-full', 'postgres://user:***@host/db'],
    ['postgres://user@host/db', 'postgres://user@host/db'],
    ['postgres://user@host/db?password=secret', 'postgres://user:***@host/db'],
    ['postgres://host/db', 'postgres://host/db'],
    ['postgresql://user@/db?host=/var/run/postgresql', 'postgresql://user@/var/run/postgresql/db'],
    ['postgresql://user:secret@/db?host=/run', 'postgresql://user:***@/run/db'],
    ['postgresql://user:secret@%2Frun%2Fpg/db', 'postgresql://user:***@/run/pg/db'],
    ['postgresql:///db?host=/run', 'postgresql:///run/db'],
    ['postgres://user:sec/ret@host/db', 'an unreadable connection string'],
    ['host=secret', 'an unreadable connection string'],
  ])('%s is shown as %s', (url, shown) => expect(describeUrl(url)).toBe(shown));
});

describe('requireUrl', () => {
  it.each(['postgres://host/db', 'postgresql://user:secret@host:5432/db', 'postgresql://user@/db?host=/run'])(
    'takes %s',
    (url) => expect(() => requireUrl(url)).not.toThrow(),
  );

  it.each([
    '',
    'secret',
    'mysql://user:secret@host/db',
    'host=h password=secret',
    'postgres://u:sec/ret@host/db',
  ])('refuses "%s" without showing it', (url) => {
    expect(() => requireUrl(url)).toThrow(
      /TELEMETRY_DATABASE_URL is no PostgreSQL address: write postgresql:/,
    );
    expect(() => requireUrl(url)).not.toThrow(/sec/);
  });
});
