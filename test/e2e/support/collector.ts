import { answers } from './eventually.ts';
import { part } from './parts.ts';
import { type Finished, runProgram } from './program.ts';
import { type Service, startService } from './service.ts';

export interface CollectorOptions {
  /** Paths, or `yaml:` with a setting such as `yaml:exporters::debug::verbosity: basic`; later ones win. */
  readonly configs: readonly string[];
  /** What the configurations read by `${env:NAME}`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The address of the health check extension, when the configuration has one. */
  readonly healthUrl?: string;
}

/** Starts an OpenTelemetry Collector; it is ready when all its receivers listen. */
export async function startCollector(options: CollectorOptions): Promise<Service> {
  const { healthUrl } = options;
  return await startService({
    ...collectorCommand([], options),
    name: 'the Collector',
    ready: async (program) => {
      await program.line(/Everything is ready/);
      if (healthUrl !== undefined) await answers(healthUrl);
    },
  });
}

/** What `otelcol validate` says: code 0 and nothing when the configuration is good. */
export async function validateCollectorConfig(
  options: Pick<CollectorOptions, 'configs' | 'env'>,
): Promise<Finished> {
  return await runProgram(collectorCommand(['validate'], options));
}

function collectorCommand(args: readonly string[], { configs, env }: CollectorOptions) {
  return {
    command: part('collector'),
    args: [...args, ...configs.map((config) => `--config=${config}`)],
    env: { ...process.env, ...env },
  };
}
