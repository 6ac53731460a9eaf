import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStale } from '../../src/gen/checkout.ts';
import { describeSchema } from '../../src/gen/schema.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let client: Client;

beforeAll(async () => {
  postgres = await startPostgres();
  client = new Client({ connectionString: postgres.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await postgres?.stop();
});

describe('the picture of the schema', () => {
  it('is what the migrations make', async () => {
    expect(isStale(await describeSchema(client))).toBe(false);
  });

  it.each([
    ['a column', 'alter table telemetry.fleet add column extra bigint'],
    ['a type', 'alter table telemetry.late_bucket alter column relation type varchar'],
    ['a comment', "comment on column telemetry.fleet.servers_up is 'Other.'"],
    ['an index', 'create index extra on telemetry.fleet (servers_up)'],
    ['a constraint', 'alter table telemetry.fleet add check (servers_up >= 0)'],
    ['a table', 'create table telemetry.extra (id int)'],
    ['a view', 'create view telemetry.extra as select 1 as one'],
  ])('shows %s', async (_what, statement) => {
    const before = await describeSchema(client);
    await client.query('begin');
    await client.query(statement);
    const after = await describeSchema(client);
    await client.query('rollback');
    expect(after.content).not.toBe(before.content);
    expect(await describeSchema(client)).toEqual(before);
  });
});
