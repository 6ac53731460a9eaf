import { join } from 'node:path';
import { runJsClient } from './js-client.ts';
import { checkout, part } from './parts.ts';
import { succeed } from './program.ts';

export interface ClientRun {
  /** The name of its service. */
  readonly name: string;
  /** Base URL of the receiver. */
  readonly endpoint: string;
  readonly temporality: 'delta' | 'cumulative';
}

/** A program around one of OpenTelemetry's own exporters, all of which record the same. */
export interface OtlpClient {
  readonly language: string;
  /** Whether its integers are exact beyond 2^53. */
  readonly exact: boolean;
  /** Resolves when all that it recorded was taken. */
  run(run: ClientRun): Promise<void>;
}

interface ClientProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** How long it waits for an answer, as its language counts: ten seconds by default, which a busy machine may need. */
  readonly patience: string;
}

async function runProgramOf(
  { command, args, patience }: ClientProgram,
  { name, endpoint, temporality }: ClientRun,
) {
  const env = {
    PATH: process.env.PATH,
    CLIENT_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_TIMEOUT: patience,
  };
  await succeed({ command, args, env });
}

export const clients: readonly OtlpClient[] = [
  { language: 'JavaScript, JSON', exact: false, run: (run) => runJsClient('json', run) },
  { language: 'JavaScript, protobuf', exact: false, run: (run) => runJsClient('protobuf', run) },
  {
    language: 'Python',
    exact: true,
    run: (run) => {
      const args = [join(checkout, 'test/e2e/clients/python/client.py')];
      return runProgramOf({ command: part('python-client'), args, patience: '120' }, run);
    },
  },
  {
    language: 'Go',
    exact: true,
    run: (run) => runProgramOf({ command: part('go-client'), args: [], patience: '25000' }, run),
  },
];
