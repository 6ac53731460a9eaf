import type { ClientBase } from 'pg';
import { z } from 'zod';
import { schemaName } from '../../catalog/table.ts';

/** What there is of a table besides its columns and rows. */
export interface Surroundings {
  readonly owner: string | undefined;
  /** Whether there are rows to be moved. */
  readonly filled: boolean;
  /** Statements that give another table of the same name the same keys, indexes, comment, grants, triggers, and views that read it. */
  readonly statements: readonly string[];
}

const surroundingRows = z.array(
  z.object({
    name: z.string(),
    owner: z.string().nullable(),
    filled: z.boolean(),
    statements: z.array(z.string()),
  }),
);

/** By the names of the tables, which lie in the schema of all tables. */
export async function readSurroundings(
  client: ClientBase,
  names: readonly string[],
): Promise<ReadonlyMap<string, Surroundings>> {
  const filled = names.map((name) => `when '${name}' then exists (select from ${schemaName}.${name})`);
  const text = `
    select c.relname as name, case when c.relowner <> current_user::regrole then quote_ident(pg_get_userbyid(c.relowner)) end as owner,
      case c.relname ${filled.join(' ')} end as filled, array(${statementsText}) as statements
    from pg_class c where c.relnamespace = $1::regnamespace and c.relname = any ($2)`;
  // Without a search path every name in a definition is given with its schema.
  await client.query(`begin; set local search_path to ''`);
  try {
    const { rows } = await client.query(text, [schemaName, names]);
    const known = surroundingRows.parse(rows);
    return new Map(known.map(({ name, owner, ...rest }) => [name, { ...rest, owner: owner ?? undefined }]));
  } finally {
    await client.query('commit');
  }
}

const statementsText = `
  select text from (
    select 1 as turn, format('alter table %s add constraint %I %s', c.oid::regclass, conname, pg_get_constraintdef(k.oid)) as text
    from pg_constraint k where conrelid = c.oid and contype in ('p', 'u', 'f')
    union all
    select 2, pg_get_indexdef(indexrelid) from pg_index i
    where indrelid = c.oid and not exists (select from pg_constraint where conindid = i.indexrelid)
    union all
    select 3, format('comment on table %s is %L', c.oid::regclass, obj_description(c.oid, 'pg_class'))
    where obj_description(c.oid, 'pg_class') is not null
    union all
    select 4, format('grant %s on %s to %s%s', privilege_type, c.oid::regclass,
      case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
      case when is_grantable then ' with grant option' else '' end)
    from aclexplode(c.relacl) where grantee <> c.relowner
    union all
    select 4, format('grant %s (%I) on %s to %s%s', privilege_type, attname, c.oid::regclass,
      case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
      case when is_grantable then ' with grant option' else '' end)
    from pg_attribute cross join aclexplode(attacl) where attrelid = c.oid and not attisdropped
    union all
    select 5, pg_get_triggerdef(t.oid) from pg_trigger t where tgrelid = c.oid and not tgisinternal
    union all
    select 6, format('create or replace view %s%s as %s', v.oid::regclass,
      coalesce(' with (' || array_to_string(v.reloptions, ', ') || ')', ''), rtrim(pg_get_viewdef(v.oid), ';'))
    from pg_class v where v.relkind = 'v' and exists (
      select from pg_rewrite r join pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
      where r.ev_class = v.oid and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = c.oid)
  ) as known order by turn, text`;
