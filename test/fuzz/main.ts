import { parseArgs } from 'node:util';
import { seedOf } from '../e2e/support/random.ts';
import { runFuzz } from './run-fuzz.ts';

const { values } = parseArgs({
  options: {
    bodies: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    databaseUrl: { type: 'string' },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seed = seedOf(values.seed);
print(`${values.bodies} bodies with seed ${seed}`);
const { faults, ...figures } = await runFuzz({
  bodies: Number(values.bodies),
  seed,
  databaseUrl: values.databaseUrl,
  say: print,
});
print(JSON.stringify(figures, undefined, 2));
for (const fault of faults) print(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
