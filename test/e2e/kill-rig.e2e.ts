import { describe, expect, it } from 'vitest';
import { judgeRows } from './support/judge-rows.ts';
import { runKillRig } from './support/kill-rig.ts';
import { loadRows } from './support/load-rows.ts';
import { seedOf } from './support/random.ts';

const seconds = 120;

describe('an exporter, a Collector, two writers and a database under load, each killed again and again', () => {
  it(
    'lose nothing that the exporter kept and store nothing twice, value for value',
    async () => {
      const seed = seedOf(process.env.RIG_SEED);
      const said: string[] = [`seed ${seed}`];
      const report = await runKillRig({ seconds, seed, say: (line) => said.push(line) });
      expect(report.faults, said.join('\n')).toEqual([]);
      // What was not under load or not killed proves nothing.
      expect(report.snapshotsKept).toBeGreaterThan(seconds);
      for (const victim of ['exporter', 'Collector', 'writer one', 'writer two', 'PostgreSQL', 'a session'])
        expect(report.kills[victim], victim).toBeGreaterThanOrEqual(3);
      expect(report.requests.doubled).toBeGreaterThan(0);
      expect(report.requests.answer_lost).toBeGreaterThan(0);
    },
    (seconds + 240) * 1000,
  );

  it('are found out when something between them lies', async () => {
    const report = await runKillRig({ seconds: 5, seed: 1, mischief: { lie: 0.3 }, settleSeconds: 5 });
    expect(report.faults.length).toBeGreaterThan(0);
    for (const fault of report.faults) expect(fault).toMatch(/^lost: /);
  });
});

describe('the judge of the rows', () => {
  const time = 1_780_000_000_000_000;
  const rowsAt = (at: number) => loadRows(at, 2);
  const rows = rowsAt(time);
  const [first, ...others] = rows;
  if (first === undefined) throw new Error('There are no rows');
  const judge = (stored: typeof rows, kept = [time]) => judgeRows({ taken: [time], kept, rowsAt, stored });

  it.each([
    { what: 'all are there', stored: rows, faults: [] },
    { what: 'one is lost', stored: others, faults: [/^lost: .*container-0/] },
    { what: 'one is there twice', stored: [...rows, first], faults: [/^stored twice: .*container-0/] },
    {
      what: 'one is another',
      stored: [{ ...first, values: { ...first.values, restarts: -1 } }, ...others],
      faults: [/^not as it was taken: .*"restarts":-1/],
    },
    {
      what: 'one was never taken',
      stored: [...rows, { ...first, time: time + 1 }],
      faults: [/^never taken: .*container-0/],
    },
  ])('says it when $what', ({ stored, faults }) => {
    expect(judge(stored)).toEqual(faults.map((fault) => expect.stringMatching(fault)));
  });

  it('bears the loss of what was never kept', () => {
    expect(judge(others, [])).toEqual([]);
  });
});
