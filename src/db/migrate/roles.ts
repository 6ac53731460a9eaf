import type { ClientBase } from 'pg';
import { z } from 'zod';
import { dataSchemaName } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { systemCodeOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type Grants, grantStatements, roleNames } from './role-grants.ts';

/** What an administrator runs where the owner of the tables may not make roles. */
export function rolesScript(): string {
  return [
    '-- Run this as an administrator, then "ciris-telemetry migrate" as the owner of the tables, which gives the roles their rights.',
    ...roleNames.map((name) => `${creation(name)};`),
    '-- A login for the writer and one for those who only read, for example:',
    "-- create role my_writer login password '…' in role telemetry_writer;",
    "-- create role my_reader login password '…' in role telemetry_reader;",
    '',
  ].join('\n');
}

function creation(name: string): string {
  return `create role ${name} nologin`;
}

/**
 * Makes the roles, and gives them their rights on what there is and will be, as far as this role may. What it may not is
 * logged as SQL for an administrator, and stops nothing.
 */
export async function applyRoles(client: ClientBase, logger: Logger): Promise<void> {
  const { roles } = await readGrants(client);
  const missing = roleNames.filter((name) => !roles.includes(name));
  const refused = await runEach(client, missing.map(creation));
  refused.push(...(await runEach(client, grantStatements(await readGrants(client)))));
  if (refused.length === 0) return;
  logger.info('this role may not make the roles of the database; an administrator may, if they are wanted', {
    sql: refused.join('; '),
  });
}

const noRight = '42501';
/** Also that another process was quicker: with a role, as all databases of a server share them, or to drop an old partition. */
const passing: ReadonlySet<string> = new Set([noRight, '42710', '23505', '42P01', 'XX000']);

/** Runs all at once where that can be; gives back those that this role may not run. */
async function runEach(client: ClientBase, statements: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  try {
    // One message is one transaction.
    if (statements.length > 0) await client.query(statements.join(';\n'));
    return refused;
  } catch (thrown) {
    if (!passing.has(systemCodeOf(thrown) ?? '')) throw thrown;
  }
  for (const statement of statements) {
    try {
      await client.query(statement);
    } catch (thrown) {
      const code = systemCodeOf(thrown) ?? '';
      if (code === noRight) refused.push(statement);
      else if (!passing.has(code)) throw thrown;
    }
  }
  return refused;
}

const grantRows = z.array(
  z.object({
    kind: z.enum(['role', 'schema', 'table', 'view', 'function', 'default']),
    schema: z.string(),
    name: z.string(),
    held: z.array(z.string()),
  }),
);

/** What there is, and what our roles hold of it: `telemetry_reader SELECT`. */
async function readGrants(client: ClientBase): Promise<Grants> {
  const held = (acl: string) =>
    `array(select rolname || ' ' || privilege_type from aclexplode(${acl}) join pg_roles r on r.oid = grantee where rolname = any ($1))`;
  const { rows } = await client.query(
    `select 'role' as kind, '' as schema, rolname::text as name, array[]::text[] as held from pg_roles where rolname = any ($1)
     union all
     select 'schema', nspname, '', ${held('nspacl')} from pg_namespace where nspname = any ($2)
     union all
     select case relkind when 'v' then 'view' else 'table' end, nspname, relname, ${held('relacl')}
     from pg_class c join pg_namespace n on n.oid = relnamespace
     where nspname = any ($2) and relkind in ('r', 'p', 'v')
     union all
     select 'function', nspname, format('%I(%s)', proname, pg_get_function_identity_arguments(p.oid)),
       array(select rolname || ' EXECUTE' from pg_roles r where rolname = any ($1) and has_function_privilege(r.oid, p.oid, 'execute'))
     from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = any ($2)
     union all
     select 'default', nspname, '', ${held("(select defaclacl from pg_default_acl where defaclnamespace = n.oid and defaclrole = current_user::regrole and defaclobjtype = 'r')")}
     from pg_namespace n where nspname = any ($2)
     order by 1, 2, 3`,
    [[...roleNames], [schemaName, dataSchemaName]],
  );
  const found = grantRows.parse(rows);
  return {
    roles: found.filter(({ kind }) => kind === 'role').map(({ name }) => name),
    objects: found.flatMap(({ kind, ...object }) => (kind === 'role' ? [] : [{ kind, ...object }])),
  };
}
