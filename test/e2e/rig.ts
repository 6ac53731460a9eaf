import { parseArgs } from 'node:util';
import { runKillRig } from './support/kill-rig.ts';
import { seedOf } from './support/random.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    containers: { type: 'string', default: '40' },
    intervalMs: { type: 'string', default: '200' },
    timescale: { type: 'string' },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seed = seedOf(values.seed);
const minutes = Number(values.minutes);
print(`${minutes} minutes with seed ${seed}`);
const { faults, said, ...figures } = await runKillRig({
  seconds: minutes * 60,
  seed,
  containers: Number(values.containers),
  intervalMs: Number(values.intervalMs),
  timescale: values.timescale,
  say: (line) => print(`${new Date().toISOString()} ${line}`),
});
print(JSON.stringify(figures, undefined, 2));
if (faults.length > 0) for (const [name, text] of Object.entries(said)) print(`${name}:\n${text}`);
for (const fault of faults.slice(0, 20)) print(fault);
print(`${faults.length} rows are not as they should be`);
process.exitCode = faults.length === 0 ? 0 : 1;
