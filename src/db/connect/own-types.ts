import { TypeOverrides, types } from 'pg';

const { BOOL, FLOAT8, INT2, INT4, INT8, OID, TIMESTAMPTZ } = types.builtins;

/**
 * How our statements' answers are read, whatever the process around us has told `pg` to make of a type: it has one setting for all of a
 * process.
 */
export function ownTypes(): TypeOverrides {
  const own = new TypeOverrides();
  own.setTypeParser(BOOL, (text: string) => text === 't');
  for (const type of [INT2, INT4, OID, FLOAT8]) own.setTypeParser(type, Number);
  own.setTypeParser(INT8, (text: string) => text);
  own.setTypeParser(TIMESTAMPTZ, timeOf);
  return own;
}

/** Sessions of ours are in UTC, and write times in the order of ISO; of any year, for a clock may have been far off. */
function timeOf(text: string): Date {
  const [, year = '', rest = '', era] = /^(\d+)-(.*)\+00( BC)?$/.exec(text) ?? [];
  const signed = era === undefined ? Number(year) : 1 - Number(year);
  const digits = String(Math.abs(signed)).padStart(6, '0');
  return new Date(`${signed < 0 ? '-' : '+'}${digits}-${rest.replace(' ', 'T')}Z`);
}
