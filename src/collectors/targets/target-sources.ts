import { type Row, toRow } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Failure, Problem } from '../collector.ts';
import { source as sourceEntity } from '../source/metrics.ts';
import { type HostSources, type HostTargets, targetsOfHost } from './host-sources.ts';
import { type Kept, KeptSource } from './kept-source.ts';
import type { TargetsOptions } from './options.ts';
import { Place } from './place.ts';
import { registryFile, registryOfHost, withoutSuddenEmptiness } from './registry.ts';
import type { Registry } from './registry-document.ts';
import type { KeptSources } from './resolver.ts';
import { type ServerList, serversFile } from './servers-file.ts';

/** Where the files of CIRISManager are when nobody says, the first that is there before the rest. */
export interface UsualPlaces {
  readonly registry: readonly string[];
  readonly managerConfig: readonly string[];
}

export interface TargetSourcesOptions {
  readonly options: TargetsOptions;
  readonly host: HostSources;
  readonly usual: UsualPlaces;
  readonly clock: Clock;
  readonly closing: AbortSignal;
}

/** All places that say which agents there are and where they run. */
export class TargetSources {
  readonly registry: KeptSource<Registry>;
  readonly servers: KeptSource<ServerList>;
  readonly #host: KeptSource<HostTargets> | undefined;
  readonly #registryPlace: Place | undefined;
  readonly #serversPlace: Place;

  constructor({ options, host, usual, clock, closing }: TargetSourcesOptions) {
    const shared = { timeoutMs: options.sourceTimeout * 1000, clock, closing };
    const place = new Place(options.registry, usual.registry, 'metadata.json');
    this.#registryPlace = host.registry === undefined ? place : undefined;
    const load = host.registry === undefined ? registryFile(place, clock) : registryOfHost(host.registry);
    this.registry = new KeptSource({
      what: host.registry === undefined ? 'the registry' : "the host's function for the registry",
      load: withoutSuddenEmptiness(load, clock),
      ...shared,
    });
    this.#serversPlace = new Place(options.managerConfig, usual.managerConfig, 'config.yml');
    this.servers = new KeptSource({
      what: "CIRISManager's configuration",
      load: serversFile(this.#serversPlace, clock),
      ...shared,
    });
    this.#host =
      host.targets === undefined
        ? undefined
        : new KeptSource({
            what: "the host's function for targets",
            load: targetsOfHost(host.targets),
            ...shared,
          });
  }

  /** Reads all at once, each within its own time. */
  async read(signal: AbortSignal): Promise<KeptSources> {
    const [registry, servers, host] = await Promise.all([
      this.registry.read(signal),
      this.servers.read(signal),
      this.#host?.read(signal),
    ]);
    return { registry, servers, host };
  }

  rows({ registry, servers, host }: KeptSources, time: Micros): readonly Row[] {
    const updatedAt = registry.content?.updatedAt ?? registry.writtenAt;
    return [
      ...sourceRow('registry', { ...registry, writtenAt: updatedAt }, this.#registryPlace?.path, time),
      ...sourceRow('servers', servers, this.#serversPlace.path, time),
      ...(host === undefined ? [] : sourceRow('host', host, undefined, time)),
    ];
  }
}

function sourceRow(
  source: string,
  { exists, failure, writtenAt, readAt }: Kept<unknown>,
  location: string | undefined,
  time: Micros,
): readonly Row[] {
  if (!exists) return [];
  const up = failure === undefined;
  return [
    toRow(sourceEntity, { source, location, up, errorType: failure?.type, writtenAt, readAt, time }, time),
  ];
}

/** A source that could never be read is a failure; one whose last content is still used costs a problem. */
export function troubleOf({ registry, servers, host }: KeptSources): {
  readonly failure: Failure | undefined;
  readonly problems: readonly Problem[];
} {
  const broken = [registry, servers, host].flatMap((kept) =>
    kept?.failure === undefined ? [] : [{ ...kept, failure: kept.failure }],
  );
  const failure = broken.find(({ content }) => content === undefined)?.failure;
  const problems = broken
    .filter((kept) => kept.failure !== failure && kept.finding === undefined)
    .map(({ failure: { type, message }, content }): Problem => {
      const consequence = content === undefined ? '' : '; what was read before is still used';
      return { kind: kindOf(type), message: `${message}${consequence}` };
    });
  return { failure, problems };
}

function kindOf(type: Failure['type']): Problem['kind'] {
  if (type === 'timeout') return 'timeout';
  return type === 'protocol' ? 'parse' : 'other';
}
