import { dataSchemaName, resolutions, rollupName } from '../../catalog/rollup.ts';
import { quoteName } from '../table-sql.ts';

/** Something that rights are given on. */
export interface GrantObject {
  /** `default` is what tables get that are made later. */
  readonly kind: 'schema' | 'table' | 'view' | 'function' | 'default';
  readonly schema: string;
  /** Of a table or view; of a function with the types of its arguments, as SQL has it. */
  readonly name: string;
  /** `telemetry_reader SELECT` */
  readonly held: readonly string[];
}

export interface Grants {
  /** Those of our roles that there are. */
  readonly roles: readonly string[];
  readonly objects: readonly GrantObject[];
}

/** Group roles without a login: one's own logins are made their members. */
export const roleNames = ['telemetry_writer', 'telemetry_reader', 'telemetry_public'] as const;

const [writer, reader, anybody] = roleNames;

/** Written by migrations and maintenance alone. */
const bookkeeping = ['migration', 'policy', 'rollup_state'];
/** Whose rows never change once they are there. */
const insertOnly = /^(series|snapshot|.*_point)$/;
/** What tells of the fleet as a whole, and of nobody in it. */
const fleetTables = ['fleet', ...resolutions.map((resolution) => rollupName('fleet', resolution))];

/**
 * Continuous aggregates of the fleet. TimescaleDB 2.13 asks whoever reads the view above them for a right on them, too; by themselves
 * they stay out of reach, in a schema that is not open to everybody.
 */
const fleetAggregate = new RegExp(`^fleet_(${resolutions.join('|')})_\\d+$`);

/** The statements that bring what our roles hold to what they should; none where it is so. */
export function grantStatements({ roles, objects }: Grants): readonly string[] {
  return objects.flatMap((object) => {
    const wanted = wantedOn(object).filter((right) => roles.some((role) => right.startsWith(`${role} `)));
    const missing = wanted.filter((right) => !object.held.includes(right));
    const excess = object.held.filter((right) => !wanted.includes(right));
    return [
      ...missing.map((right) => statementOf('grant', object, right)),
      ...excess.map((right) => statementOf('revoke', object, right)),
    ];
  });
}

function wantedOn({ kind, schema, name }: GrantObject): readonly string[] {
  const isData = schema === dataSchemaName;
  if (kind === 'schema') return (isData ? [reader] : roleNames).map((role) => `${role} USAGE`);
  // Whoever reads a view calls the functions in it; by themselves they read no more than their caller may.
  if (kind === 'function') return roleNames.map((role) => `${role} EXECUTE`);
  if (kind === 'default') return [`${reader} SELECT`];
  const isFleets = isData ? kind === 'view' && fleetAggregate.test(name) : fleetTables.includes(name);
  const seen = [`${reader} SELECT`, ...(isFleets ? [`${anybody} SELECT`] : [])];
  if (isData) return seen;
  return [...(kind === 'table' ? writerRights(name).map((right) => `${writer} ${right}`) : []), ...seen];
}

/** A row that arrived in parts is completed: that takes UPDATE. */
function writerRights(table: string): readonly string[] {
  if (bookkeeping.includes(table)) return ['SELECT'];
  return insertOnly.test(table) ? ['SELECT', 'INSERT'] : ['SELECT', 'INSERT', 'UPDATE'];
}

function statementOf(verb: 'grant' | 'revoke', { kind, schema, name }: GrantObject, right: string): string {
  const [role = '', privilege = ''] = right.split(' ');
  const whom = `${verb === 'grant' ? 'to' : 'from'} ${role}`;
  const what = `${verb} ${privilege.toLowerCase()} on`;
  if (kind === 'schema') return `${what} schema ${schema} ${whom}`;
  if (kind === 'function') return `${what} function ${schema}.${name} ${whom}`;
  if (kind === 'default') return `alter default privileges in schema ${schema} ${what} tables ${whom}`;
  return `${what} ${schema}.${quoteName(name)} ${whom}`;
}
