import { describe, expect, it } from 'vitest';
import { completeUrl } from '../../src/app/complete-url.ts';

describe('completeUrl', () => {
  const env = { PGSSLMODE: 'require', PGPASSWORD: 'p w', PGUSER: 'u', PGDATABASE: '', HOME: '/root' };

  it.each([
    ['postgres://h/d', 'postgres://h/d?user=u&password=p%20w&sslmode=require'],
    ['postgres://a:b@h/d?sslmode=disable', 'postgres://a:b@h/d?sslmode=disable'],
    ['postgres://a:b@h/d?ssl=true', 'postgres://a:b@h/d?ssl=true'],
    [
      'postgres://a@h/d?sslrootcert=system',
      'postgres://a@h/d?sslrootcert=system&password=p%20w&sslmode=require',
    ],
  ])('adds to %s what it leaves out', (url, completed) => expect(completeUrl(url, env)).toBe(completed));

  it('makes no address where there is none', () => expect(completeUrl(undefined, env)).toBeUndefined());
});
