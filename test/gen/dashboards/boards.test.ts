import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { type Board, boardFiles, grafanaFile, readBoard } from '../../support/grafana.ts';

const provisioned = z
  .object({ datasources: z.array(z.object({ uid: z.string(), type: z.string() })) })
  .parse(parse(grafanaFile('provisioning/datasources/ciris-telemetry.yaml'))).datasources;

const boards = boardFiles.map((file) => [file, readBoard(file)] as const);

function datasourcesOf(board: Board): readonly unknown[] {
  return board.panels.flatMap((panel) => [
    panel.datasource,
    ...panel.targets.map(({ datasource }) => datasource),
  ]);
}

describe.each(boards)('%s', (file, board) => {
  it('can be provisioned as it is (B21)', () => {
    const text = grafanaFile(`dashboards/${file}`);
    expect(text).not.toContain('${DS_');
    expect(text).not.toContain('__inputs');
    expect(board.id).toBeNull();
    expect(board.uid).toMatch(/^ciris-[a-z-]+$/);
    expect(board.uid.length).toBeLessThanOrEqual(40);
  });

  it('asks only data sources that are provisioned (B22)', () => {
    const asked = new Set(
      datasourcesOf(board)
        .filter((each) => each !== undefined)
        .map((each) => JSON.stringify(each)),
    );
    const known = provisioned.map(({ type, uid }) => JSON.stringify({ type, uid }));
    expect([...asked]).toHaveLength(1);
    expect(known).toEqual(expect.arrayContaining([...asked]));
  });

  it('has panels that are told apart, say what they show and ask something', () => {
    const panels = board.panels.filter(({ type }) => type !== 'row');
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { title, description, targets } of panels) {
      expect(description, title).toMatch(/\.(\s\([\w.]+\))?$/);
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    }
  });
});

describe('the boards', () => {
  const first = readBoard('containers.json');
  const second = readBoard('containers-postgresql.json');

  it('show the same panels and have the same variables, whatever the data source', () => {
    const panelsOf = ({ panels }: Board) =>
      panels.map(({ id, title, type, description }) => [id, title, type, description]);
    expect(panelsOf(second)).toEqual(panelsOf(first));
    const variablesOf = ({ templating }: Board) => templating.list.map(({ name }) => name);
    expect(variablesOf(second)).toEqual(variablesOf(first));
  });

  it('do not clash in their folder (B109)', () => {
    expect(second.uid).not.toBe(first.uid);
    expect(second.title).not.toBe(first.title);
  });

  it('are provisioned from a folder that is told, and are not changed in Grafana (B109)', () => {
    const { providers } = z
      .object({
        providers: z.array(
          z.object({ allowUiUpdates: z.boolean(), options: z.object({ path: z.string() }) }),
        ),
      })
      .parse(parse(grafanaFile('provisioning/dashboards/ciris-telemetry.yaml')));
    expect(providers).toEqual([{ allowUiUpdates: false, options: { path: '$CIRIS_DASHBOARDS_PATH' } }]);
  });

  it('are provisioned with no secret', () => {
    const text = grafanaFile('provisioning/datasources/ciris-telemetry.yaml');
    const values = [...text.matchAll(/^\s*(?:url|user|password|database): (.*)$/gm)].map(
      ([, value]) => value,
    );
    expect(values).toHaveLength(5);
    for (const value of values) expect(value).toMatch(/^\$CIRIS_[A-Z_]+$/);
  });
});
