import { appendFile, copyFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Collected } from '../../../src/collectors/collector.ts';
import { FileTail } from '../../../src/collectors/deployments/file-tail.ts';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { collectAt, fixture, HandClock, ownFolder, rowOf, sourceRow } from './support.ts';

const lines = (await fixture('audit.jsonl')).split('\n').filter((line) => line !== '');
const end = await fixture('state/end.json');

/** Refused by one agent, and two could not be asked. */
const refused = 'fc351b5e';
const skipped = 'd5eed57f';

const keys = [
  'refusals',
  'updateErrors',
  'maintenanceSkips',
  'serviceTokenUses',
  'rollbackProposed',
] as const;

/** In the order of the keys above; undefined where the log says nothing for certain. */
function countsOf(collected: Collected, id: string): readonly unknown[] {
  const values = rowOf(collected, id)?.values;
  return keys.map((key) => values?.[key]);
}
const nothing = keys.map(() => undefined);

async function watch() {
  const folder = await ownFolder();
  const deploymentState = join(folder, 'state.json');
  const auditLog = join(folder, 'audit.jsonl');
  await writeFile(deploymentState, end);
  const clock = new HandClock('2026-11-25T12:45:00Z');
  const collector = createDeploymentsCollector(
    { deploymentState, auditLog },
    { clock, logger: silentLogger },
  );
  onTestFinished(() => collector.close());
  return { auditLog, collect: () => collectAt(collector, clock) };
}

const text = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('');
/** In the middle of the deployment that was refused. */
const middle = lines.findIndex((line) => line.includes(refused)) + 3;

describe('the audit log', () => {
  it('tells what no other source does, by deployment', async () => {
    const { auditLog, collect } = await watch();
    await writeFile(auditLog, text(lines));
    const collected = await collect();
    expect(countsOf(collected, refused)).toEqual([1, 2, 0, 6, 0]);
    expect(countsOf(collected, skipped)).toEqual([0, 0, 1, 5, 0]);
    expect(countsOf(collected, 'ee6dc17d')).toEqual([0, 0, 0, 1, 1]);
    // Never started: nobody can have refused it.
    expect(countsOf(collected, '0ab3539a')).toEqual(nothing);
    expect(collected.problems).toEqual([]);
  });

  it('is read as it grows, half lines and all', async () => {
    const { auditLog, collect } = await watch();
    const whole = text(lines);
    for (let begin = 0; begin < whole.length; begin += 5000) {
      await appendFile(auditLog, whole.slice(begin, begin + 5000));
      expect((await collect()).problems).toEqual([]);
    }
    expect(countsOf(await collect(), refused)).toEqual([1, 2, 0, 6, 0]);
    expect(countsOf(await collect(), skipped)).toEqual([0, 0, 1, 5, 0]);
  });

  it('is read to its end when it was rotated', async () => {
    const { auditLog, collect } = await watch();
    await writeFile(auditLog, text(lines.slice(0, middle)));
    await collect();
    await appendFile(auditLog, text(lines.slice(middle, middle + 6)));
    await rename(auditLog, `${auditLog}.1`);
    await writeFile(auditLog, text(lines.slice(middle + 6)));
    const collected = await collect();
    expect(countsOf(collected, refused)).toEqual([1, 2, 0, 6, 0]);
    expect(collected.problems).toEqual([]);
  });

  it('is read on when it was copied and emptied', async () => {
    const { auditLog, collect } = await watch();
    await writeFile(auditLog, text(lines.slice(0, middle)));
    await collect();
    await copyFile(auditLog, `${auditLog}.1`);
    await truncate(auditLog);
    await collect();
    await appendFile(auditLog, text(lines.slice(middle)));
    const collected = await collect();
    expect(countsOf(collected, refused)).toEqual([1, 2, 0, 6, 0]);
    expect(collected.problems).toEqual([]);
  });

  it('says nothing of deployments whose lines may be lost, and goes on with the others', async () => {
    const { auditLog, collect } = await watch();
    await writeFile(auditLog, text(lines.slice(0, middle)));
    await collect();
    await rm(auditLog);
    await writeFile(auditLog, text(lines.slice(middle + 6)));
    const collected = await collect();
    expect(collected.problems).toHaveLength(1);
    expect(countsOf(collected, refused)).toEqual(nothing);
    expect(countsOf(collected, skipped)).toEqual([0, 0, 1, 5, 0]);
    // It had ended shortly before: lines about it may have been among those.
    expect(countsOf(collected, '9b3825da')).toEqual(nothing);
  });

  it('says nothing of a deployment that began before the log does, but that a rollback was proposed', async () => {
    const { auditLog, collect } = await watch();
    const proposal = lines.findIndex((line) => line.includes('rollback_proposed'));
    await writeFile(auditLog, text(lines.slice(proposal)));
    const collected = await collect();
    expect(countsOf(collected, 'ee6dc17d')).toEqual([undefined, undefined, undefined, undefined, 1]);
    expect(countsOf(collected, '9b3825da')).toEqual(nothing);
    expect(countsOf(collected, refused)).toEqual([1, 2, 0, 6, 0]);
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['half a line', (lines[middle] ?? '').slice(0, 100)],
    ['a list', '[]'],
    [
      'another kind of line',
      '{"timestamp": "2026-11-25T11:05:30Z", "type": "planted", "action": "deployment_x"}',
    ],
    ['a deployment without an id', '{"timestamp": "2026-11-25T11:05:30Z", "action": "update_rejected"}'],
    ['no time', '{"timestamp": "then", "action": "update_rejected", "deployment_id": "x"}'],
    ['too much', 'x'.repeat(3 * 1024 * 1024)],
  ])('with %s in it leaves out the deployment of that time, and counts it', async (_what, line) => {
    const { auditLog, collect } = await watch();
    await writeFile(auditLog, text([...lines.slice(0, middle), line, ...lines.slice(middle)]));
    const collected = await collect();
    expect(collected.problems).toEqual([
      {
        kind: 'parse',
        message: expect.stringMatching(/ has lines that cannot be read or were missed \(1\); /),
      },
    ]);
    expect(JSON.stringify(collected.problems)).not.toMatch(/planted|nonsense|"then"/);
    expect(countsOf(collected, refused)).toEqual(nothing);
    expect(countsOf(collected, skipped)).toEqual([0, 0, 1, 5, 0]);
  });

  it('that cannot be read any more leaves out its counts, and says since when', async () => {
    const { auditLog, collect } = await watch();
    await writeFile(auditLog, text(lines));
    await collect();
    await rm(auditLog);
    const collected = await collect();
    expect(countsOf(collected, skipped)).toEqual(nothing);
    expect(countsOf(collected, 'ee6dc17d').at(-1)).toBe(1);
    expect(sourceRow(collected, 'audit_log')).toMatchObject({
      info: { 'error.type': 'not_found' },
      values: { up: 0, readAge: 0 },
    });
    expect(collected.problems).toHaveLength(1);
  });
});

describe('the tail of a file', () => {
  const limits = { firstBytes: 100, mostBytes: 60, longestLine: 20 };
  const numbered = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('');

  it('begins near the end of a long file, with a whole line, and catches up in steps', async () => {
    const path = join(await ownFolder(), 'log');
    await writeFile(path, numbered(100, 200));
    const tail = new FileTail(path, limits);
    const first = await tail.read();
    const second = await tail.read();
    expect(first.isBehind).toBe(true);
    expect(second.isBehind).toBe(false);
    expect([...first.lines, ...second.lines]).toEqual(numbered(189, 200).trim().split('\n'));
    expect(await tail.read()).toEqual({ lines: [], isBehind: false });
  });

  it('passes over a line that never ends, in bounded memory', async () => {
    const path = join(await ownFolder(), 'log');
    await writeFile(path, 'first\n');
    const tail = new FileTail(path, limits);
    await tail.read();
    const seen: (string | undefined)[] = [];
    for (const added of ['x'.repeat(50), 'y'.repeat(50), 'z\nlast\n']) {
      await appendFile(path, added);
      seen.push(...(await tail.read()).lines);
    }
    expect(seen.filter((line) => line !== undefined)).toEqual(['last']);
    expect(seen).toContain(undefined);
  });

  it('knows a file by how it begins, though it has the place and the length of the one before', async () => {
    const path = join(await ownFolder(), 'log');
    await writeFile(path, 'line 1\nline 2\n');
    const tail = new FileTail(path, limits);
    await tail.read();
    await writeFile(path, 'line 7\nline 8\n');
    expect((await tail.read()).lines).toEqual([undefined, 'line 7', 'line 8']);
  });
});
