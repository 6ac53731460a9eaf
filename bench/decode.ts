import type { Payload } from '../src/export/sender.ts';
import { atOnce } from '../src/runtime/steps.ts';
import { defaultWriterLimits } from '../src/writer/limits.ts';
import { decodeMetrics } from '../src/writer/otlp/decode.ts';
import { type MetricsRequest, pointCountOf } from '../src/writer/otlp/model.ts';
import { encodeFleet } from './fleet-otlp.ts';
import { countDecodedPoints, decodeWithProtobufjs } from './otlp-protobufjs.ts';
import { race, resultsOf } from './race.ts';
import type { Bench } from './result.ts';

const points = 10_000;
const rounds = 51;

export const decodeBench: Bench = {
  name: 'decode',
  brief:
    'An OTLP request of 10 k points to objects, against protobufjs, and against JSON.parse alone; aim: 1 M points/s of protobuf',
  async *run() {
    const report = { bench: 'decode', unit: 'points/s', figure: (ms: number) => (points / ms) * 1000 };
    const protobuf = await encodeFleet('protobuf', points);
    requirePoints('our decoder', countPoints(decodeOurs(protobuf)));
    requirePoints('protobufjs', countDecodedPoints(decodeWithProtobufjs(protobuf.bytes)));
    const protobufRace = await race(rounds, { name: 'ours', work: () => decodeOurs(protobuf) }, [
      { name: 'protobufjs', work: () => decodeWithProtobufjs(protobuf.bytes) },
    ]);
    yield* resultsOf(protobufRace, { ...report, case: `protobuf, ${sizeOf(protobuf)}` });
    const json = await encodeFleet('json', points);
    requirePoints('our decoder', countPoints(decodeOurs(json)));
    const jsonRace = await race(rounds, { name: 'ours', work: () => decodeOurs(json) }, [
      { name: 'JSON.parse alone', work: () => JSON.parse(new TextDecoder().decode(json.bytes)) },
    ]);
    yield* resultsOf(jsonRace, { ...report, case: `JSON, ${sizeOf(json)}` });
  },
};

function decodeOurs(payload: Payload): MetricsRequest {
  const outcome = atOnce(decodeMetrics(payload, defaultWriterLimits.maxItems));
  if (outcome.kind !== 'decoded') throw new Error(`our decoder refused the request: ${outcome.message}`);
  return outcome.request;
}

function countPoints({ resources }: MetricsRequest): number {
  const metrics = resources.flatMap(({ scopes }) => scopes).flatMap((scope) => scope.metrics);
  return metrics.reduce((sum, metric) => sum + pointCountOf(metric), 0);
}

function requirePoints(who: string, found: number): void {
  if (found !== points) throw new Error(`${who} found ${found} points of ${points}`);
}

function sizeOf({ bytes }: Payload): string {
  return `${(bytes.length / 1e6).toFixed(2)} MB`;
}
