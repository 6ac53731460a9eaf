import type { z } from 'zod';
import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { AgentTarget, ReadTargets } from '../agent-target.ts';
import type { CollectContext, Collected, Collector, Finding } from '../collector.ts';
import { parseOptions } from '../parse-options.ts';
import { source } from '../source/metrics.ts';
import { type Claim, claimOfSettings } from './claim.ts';
import type { HostSources } from './host-sources.ts';
import { agentTarget, agentVersion } from './metrics.ts';
import { type TargetsOptions, targetsOptions } from './options.ts';
import { type KeptSources, type Resolution, resolveTargets, serversOf, type Target } from './resolver.ts';
import { engineOptions, type Server } from './servers.ts';
import { targetRows } from './target-rows.ts';
import { TargetSources, troubleOf, type UsualPlaces } from './target-sources.ts';
import { createTokenKey, type KeyReading } from './token-key.ts';

export interface TargetsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a host hands in instead of files. */
  readonly host?: HostSources;
  /** Where to look when the options name no place. */
  readonly usualPlaces?: UsualPlaces;
}

export interface TargetsSource {
  /** Rows of targets, their versions, and the sources of both; also the findings about them. */
  readonly collector: Collector;
  /** The same reading for other collectors; its findings are those that `collector` tells of. */
  readonly read: ReadTargets;
  /** The hosts as they are listed now. One that is listed later is a finding, as nobody watches its engine. */
  readonly servers: (signal: AbortSignal) => Promise<readonly Server[]>;
}

const managersPlaces: UsualPlaces = {
  registry: ['/opt/ciris/agents/metadata.json', '/etc/ciris-manager/agents/metadata.json'],
  managerConfig: ['/etc/ciris-manager/config.yml'],
};

/**
 * Says which agents should be watched and where. Opens nothing before it is first asked.
 * Throws a TelemetryError `setting_invalid` for options that cannot be used.
 */
export function createTargets(options: z.input<typeof targetsOptions>, deps: TargetsDeps): TargetsSource {
  const data = parseOptions(targetsOptions, options, 'the targets');
  const { registry: usual } = deps.usualPlaces ?? managersPlaces;
  deps.logger.info('reading which agents to watch', {
    registry: deps.host?.registry ? 'given by the host' : (data.registry ?? (usual.join(' or ') || 'none')),
    ...(data.agents.length === 0 ? {} : { named: data.agents.length }),
  });
  const targets = new Targets(data, deps);
  return {
    collector: targets,
    read: async (time, signal) => {
      const { resolution } = await targets.reading(time, signal);
      return { targets: resolution.targets.map(agentTargetOf), findings: resolution.findings };
    },
    servers: (signal) => targets.servers(signal),
  };
}

/** What was read for one snapshot. */
interface Reading {
  readonly kept: KeptSources;
  readonly resolution: Resolution;
}

class Targets implements Collector {
  readonly name = 'targets';
  readonly entities = [source, agentTarget, agentVersion];
  readonly #options: TargetsOptions;
  readonly #sources: TargetSources;
  readonly #settings: readonly Claim[];
  readonly #key: () => Promise<KeyReading>;
  readonly #closing = new AbortController();
  #latest: { readonly time: Micros; readonly reading: Promise<Reading> } | undefined;
  #handedOut: ReadonlySet<string> | undefined;

  constructor(options: TargetsOptions, { clock, host = {}, usualPlaces = managersPlaces }: TargetsDeps) {
    this.#options = options;
    this.#settings = options.agents.map(claimOfSettings);
    this.#key = createTokenKey(options);
    this.#sources = new TargetSources({
      options,
      host,
      usual: usualPlaces,
      clock,
      closing: this.#closing.signal,
    });
  }

  /** One reading for each time, whoever asks; it goes on when one of them no longer waits. */
  reading(time: Micros, signal: AbortSignal): Promise<Reading> {
    if (this.#latest?.time !== time) this.#latest = { time, reading: this.#read() };
    return untilAborted(this.#latest.reading, signal);
  }

  async servers(signal: AbortSignal): Promise<readonly Server[]> {
    const { servers } = serversOf(await this.#sources.servers.read(signal), this.#options.servers);
    this.#handedOut = new Set(servers.map(({ id }) => id));
    return servers;
  }

  async collect({ time, budgetMs, signal }: CollectContext): Promise<Collected> {
    const reason = new TelemetryError('timeout', 'the time for this collection is up');
    const { kept, resolution } = await withinTime({ ms: budgetMs, reason, signal }, (own) =>
      this.reading(time, own),
    );
    const { failure, problems } = troubleOf(kept);
    const collected = {
      rows: [
        ...this.#sources.rows(kept, time),
        ...resolution.targets.flatMap((target) => targetRows(target, time)),
      ],
      problems: [...problems, ...resolution.problems.map((message) => ({ kind: 'parse' as const, message }))],
      findings: [...resolution.findings, ...this.#unwatched(resolution.servers)],
    };
    return failure === undefined ? collected : { ...collected, failure };
  }

  async close(): Promise<void> {
    this.#closing.abort(new TelemetryError('internal', 'reading targets has ended'));
  }

  async #read(): Promise<Reading> {
    const signal = this.#closing.signal;
    const kept = await this.#sources.read(signal);
    const deps = {
      settings: this.#settings,
      servers: this.#options.servers,
      registry: this.#sources.registry,
      key: this.#key,
    };
    return {
      kept,
      resolution: await resolveTargets(kept, deps, signal),
    };
  }

  #unwatched(servers: readonly Server[]): readonly Finding[] {
    const watched = this.#handedOut;
    if (watched === undefined) return [];
    return servers
      .filter((server) => !watched.has(server.id) && engineOptions(server) !== undefined)
      .map(({ id }) => ({
        kind: 'server_listed_late',
        message: `the server ${JSON.stringify(id)} was listed after the start; restart this program to watch its containers`,
      }));
  }
}

function agentTargetOf({ claim }: Target): AgentTarget {
  const { agentId, occurrenceId, serverId, url, expected = true, token } = claim;
  return { agentId, occurrenceId, serverId, url, expected, token: token.read };
}
