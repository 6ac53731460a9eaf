import { parseArgs } from 'node:util';
import { textTable } from '../src/cli/text-table.ts';
import { messageOf } from '../src/runtime/errors.ts';
import { agentsBench } from './agents.ts';
import { decodeBench } from './decode.ts';
import { genericBench } from './generic.ts';
import { growthBench } from './growth.ts';
import { historyBench } from './history.ts';
import { insertBench } from './insert.ts';
import { metricsBench } from './metrics.ts';
import { otlpBench } from './otlp.ts';
import { restBench } from './rest.ts';
import { type Bench, figureText, type Result } from './result.ts';
import { snapshotBench } from './snapshot.ts';

const benches: readonly Bench[] = [
  metricsBench,
  snapshotBench,
  agentsBench,
  decodeBench,
  insertBench,
  historyBench,
  growthBench,
  genericBench,
  otlpBench,
  restBench,
];

const help = `Usage: npm run bench [-- NAME…] [--json]

Measures this product and, in the same run and by turns, its peers; figures are medians. All benches without a NAME.

${benches.map(({ name, brief }) => `  ${name.padEnd(9)} ${brief}`).join('\n')}

  --json    one JSON object a line: bench, case, value, unit, and where there is one peer and ratio
            (how many times ours is better)

The ratios hold from machine to machine, the figures do not. snapshot, agents and rest start a Docker engine of their own: they want root
and the parts of "bash .ci/parts.sh", and otlp wants the Collector among these. rest takes eight minutes, history three, otlp two, the others
less than one each. Where TELEGRAF names its program, rest
measures that as well, in two minutes more; to build one:

  go install -tags custom,inputs.docker,outputs.file,serializers.influx github.com/influxdata/telegraf/cmd/telegraf@v1.37.2
`;

function print(results: readonly Result[]): void {
  const table = textTable<Result>(
    [
      { title: 'bench', text: ({ bench }) => bench },
      { title: 'case', text: (result) => result.case },
      { title: 'value', text: ({ value }) => figureText(value), right: true },
      { title: 'unit', text: ({ unit }) => unit },
      {
        title: 'ratio',
        text: ({ ratio }) => (ratio === undefined ? '' : `${figureText(ratio)} x`),
        right: true,
      },
      { title: 'peer', text: ({ peer }) => peer ?? '' },
    ],
    results,
  );
  console.log(table);
}

async function runBench(bench: Bench, json: boolean): Promise<boolean> {
  const results: Result[] = [];
  try {
    for await (const result of bench.run()) {
      if (json) console.log(JSON.stringify(result));
      results.push(result);
    }
    return true;
  } catch (thrown) {
    console.error(`bench ${bench.name} failed: ${messageOf(thrown)}`);
    return false;
  } finally {
    if (!json && results.length > 0) print(results);
  }
}

function chosen(names: readonly string[]): readonly Bench[] {
  const unknown = names.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined) throw new Error(`there is no bench "${unknown}"`);
  return names.length === 0 ? benches : benches.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  for (const bench of chosen(positionals)) {
    if (!(await runBench(bench, values.json))) process.exitCode = 1;
  }
}

try {
  await main();
} catch (thrown) {
  console.error(`${messageOf(thrown)}\n\n${help}`);
  process.exitCode = 2;
}
