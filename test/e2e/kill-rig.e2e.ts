import { describe, expect, it } from 'vitest';
import { judgeRows } from './support/judge-rows.ts';
import { runKillRig } from './support/kill-rig.ts';
import { loadRows } from './support/load-rows.ts';
import { seedOf } from './support/random.ts';

const seconds = 120;
const victims = ['exporter', 'Collector', 'writer one', 'writer two', 'PostgreSQL', 'a session'];
/** Where all is well the seconds are enough; a slow machine takes as long as it takes. */
const timeoutMs = 1_800_000;

describe('an exporter, a Collector, two writers and a database under load, each killed again and again', () => {
  it(
    'lose nothing that the exporter kept and store nothing twice, value for value',
    async () => {
      const seed = seedOf(process.env.RIG_SEED);
      const said: string[] = [`seed ${seed}`];
      const report = await runKillRig({
        seconds,
        seed,
        // What was not killed, or had no mischief done to it, proves nothing.
        enough: ({ kills, requests: { doubled = 0, answer_lost: lost = 0 } }) =>
          victims.every((victim) => (kills[victim] ?? 0) >= 3) && doubled > 0 && lost > 0,
        say: (line) => said.push(line),
      });
      expect(report.faults, said.join('\n')).toEqual([]);
      expect(Object.keys(report.kills).toSorted()).toEqual(victims.toSorted());
      // Nor does what was under no load: it takes five a second, but its disk may be slow.
      expect(report.snapshotsKept).toBeGreaterThan(seconds / 4);
    },
    timeoutMs,
  );

  it(
    'are found out when something between them lies',
    async () => {
      const report = await runKillRig({
        seconds: 5,
        seed: 1,
        mischief: { lie: 0.3 },
        // What the Collector sends again, since it was killed before it had taken note of the answer, is not lost.
        enough: ({ requests: { lie = 0 } }) => lie >= 3,
        settleSeconds: 5,
      });
      expect(report.faults.length).toBeGreaterThan(0);
      // Where the Collector parts what it has collected, the points of one row may go in two requests.
      for (const fault of report.faults) expect(fault).toMatch(/^(lost|not as it was taken): /);
    },
    timeoutMs,
  );
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
