import { describe, expect, it } from 'vitest';
import { grantStatements, roleNames } from '../../../src/db/migrate/role-grants.ts';

const table = (name: string, ...held: readonly string[]) =>
  ({ kind: 'table', schema: 'telemetry', name, held }) as const;
const statements = (...objects: Parameters<typeof grantStatements>[0]['objects']) =>
  grantStatements({ roles: roleNames, objects });

describe('grantStatements', () => {
  it('lets the writer complete rows of the catalog, and only add points of others', () => {
    const [writer, reader] = ['to telemetry_writer', 'to telemetry_reader'];
    expect(statements(table('container'))).toEqual([
      `grant select on telemetry."container" ${writer}`,
      `grant insert on telemetry."container" ${writer}`,
      `grant update on telemetry."container" ${writer}`,
      `grant select on telemetry."container" ${reader}`,
    ]);
    for (const name of ['series', 'number_point', 'exponential_histogram_point', 'snapshot'])
      expect(statements(table(name)).filter((text) => text.endsWith(writer))).toEqual([
        `grant select on telemetry."${name}" ${writer}`,
        `grant insert on telemetry."${name}" ${writer}`,
      ]);
    for (const name of ['migration', 'policy', 'rollup_state'])
      expect(statements(table(name)).filter((text) => text.endsWith(writer))).toEqual([
        `grant select on telemetry."${name}" ${writer}`,
      ]);
  });

  it('lets everybody see the fleet and nothing else', () => {
    const seen = ['fleet', 'container', 'agent', 'finding'].flatMap((name) =>
      statements(table(name)).filter((text) => text.endsWith('telemetry_public')),
    );
    expect(seen).toEqual(['grant select on telemetry."fleet" to telemetry_public']);
    const view = { kind: 'view', schema: 'telemetry', name: 'fleet_5m', held: [] } as const;
    expect(statements(view)).toEqual([
      'grant select on telemetry."fleet_5m" to telemetry_reader',
      'grant select on telemetry."fleet_5m" to telemetry_public',
    ]);
  });

  it('lets everybody read through the view of the fleet what a continuous aggregate stores of it', () => {
    const names = ['fleet_5m_1', 'fleet_3h_12', 'fleet_5m', 'container_5m_1', 'fleet_5m_p20261126'];
    const seen = names.map((name) =>
      statements({ kind: 'view', schema: 'telemetry_data', name, held: [] }).map((text) =>
        text.replace(/^.*to /, ''),
      ),
    );
    const both = ['telemetry_reader', 'telemetry_public'];
    expect(seen).toEqual([both, both, ['telemetry_reader'], ['telemetry_reader'], ['telemetry_reader']]);
    const part = { kind: 'table', schema: 'telemetry_data', name: 'fleet_5m_1', held: [] } as const;
    expect(statements(part)).toEqual(['grant select on telemetry_data."fleet_5m_1" to telemetry_reader']);
  });

  it('lets all of them call what is called where they read', () => {
    const step = { kind: 'function', schema: 'telemetry', name: 'began_anew(timestamptz)' } as const;
    expect(statements({ ...step, held: ['telemetry_writer EXECUTE'] })).toEqual(
      ['reader', 'public'].map(
        (role) => `grant execute on function telemetry.began_anew(timestamptz) to telemetry_${role}`,
      ),
    );
  });

  it('is silent where all is well, and takes back what is too much', () => {
    const held = ['telemetry_writer SELECT', 'telemetry_reader SELECT'];
    expect(statements(table('policy', ...held))).toEqual([]);
    expect(statements(table('policy', ...held, 'telemetry_writer DELETE'))).toEqual([
      'revoke delete on telemetry."policy" from telemetry_writer',
    ]);
  });

  it('covers what is made later, and leaves out roles that are not there', () => {
    const later = { kind: 'default', schema: 'telemetry_data', name: '', held: [] } as const;
    expect(grantStatements({ roles: ['telemetry_reader'], objects: [later, table('agent')] })).toEqual([
      'alter default privileges in schema telemetry_data grant select on tables to telemetry_reader',
      'grant select on telemetry."agent" to telemetry_reader',
    ]);
    const schema = {
      kind: 'schema',
      schema: 'telemetry',
      name: '',
      held: ['telemetry_reader USAGE'],
    } as const;
    expect(statements(schema)).toEqual([
      'grant usage on schema telemetry to telemetry_writer',
      'grant usage on schema telemetry to telemetry_public',
    ]);
  });
});
