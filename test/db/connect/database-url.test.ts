import { describe, expect, it } from 'vitest';
import { describeUrl, readAddress } from '../../../src/db/connect/database-url.ts';

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

describe('readAddress', () => {
  it.each(['postgres://host/db', 'postgresql://user:secret@host:5432/db', 'postgresql://user@/db?host=/run'])(
    'takes %s',
    (url) => expect(() => readAddress(url)).not.toThrow(),
  );

  it.each([
    '',
    'secret',
    'mysql://user:secret@host/db',
    'host=h password=secret',
    'postgres://u:sec/ret@host/db',
  ])('refuses "%s" without showing it', (url) => {
    expect(() => readAddress(url)).toThrow(
      /TELEMETRY_DATABASE_URL is no PostgreSQL address: write postgresql:/,
    );
    expect(() => readAddress(url)).not.toThrow(/sec/);
  });

  it.each<[url: string, said: Record<string, string>]>([
    ['postgres://', {}],
    ['postgres:///db', { dbname: 'db' }],
    ['postgres://[::1]:5433/', { host: '::1', port: '5433' }],
    [
      'postgres://u%40x:p%2Fw@%2Frun%2Fpg/d%20b',
      { user: 'u@x', password: 'p/w', host: '/run/pg', dbname: 'd b' },
    ],
    ['postgres://u:p#1?x@h/d', { user: 'u', password: 'p#1?x', host: 'h', dbname: 'd' }],
    ['postgres://u:123#w@h:5/d#e', { user: 'u', password: '123#w', host: 'h', port: '5', dbname: 'd#e' }],
    ['postgres://u:123?w@h/d?password=a#b', { user: 'u', password: 'a#b', host: 'h', dbname: 'd' }],
    ['postgres://u:a:b@c "<`{|^\\é@h/d', { user: 'u', password: 'a:b@c "<`{|^\\é', host: 'h', dbname: 'd' }],
    [
      'postgres://u@/db?host=/run&password=a+b%2B',
      { user: 'u', dbname: 'db', host: '/run', password: 'a+b+' },
    ],
    [
      'postgres://a:1@h:1/x?host=i&port=2&user=b&dbname=y',
      { host: 'i', port: '2', user: 'b', password: '1', dbname: 'y' },
    ],
  ])('reads %s as libpq does', (url, said) => expect(Object.fromEntries(readAddress(url))).toEqual(said));

  it.each(['u:a,b@h1,h2/d', 'u:a@h1:5432,h2:5433/d', 'h1,h2', 'u@/d?host=/run,h2'])(
    'refuses several hosts: %s',
    (rest) => expect(() => readAddress(`postgres://${rest}`)).toThrow(/it names several hosts/),
  );

  it.each(['u:a,b@h/d', 'h/a,b', 'h/d?application_name=a,b'])('takes a comma elsewhere: %s', (rest) =>
    expect(readAddress(`postgres://${rest}`).get('host')).toBe('h'),
  );

  it('refuses what it does not know, and says what there is', () => {
    expect(() => readAddress('postgres://u:secret@h/d?sslmod=verify-full')).toThrow(
      /sslmod, which is not known.*sslmode/,
    );
    expect(() => readAddress('postgres://u:sec%ret@h/d')).toThrow(/is no PostgreSQL address/);
  });
});
