import type { z } from 'zod';
import { toRow } from '../../metric/row.ts';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { CollectContext, Collected, Collector, Derived, Finding } from '../collector.ts';
import { parseOptions } from '../parse-options.ts';
import { source as sourceEntity } from '../source/metrics.ts';
import { ApiSource } from './api-source.ts';
import { AuditLog, type AuditReading } from './audit-log.ts';
import { findRepeats, originsOf } from './copies.ts';
import { Course } from './course.ts';
import { sampleOf } from './deployment-sample.ts';
import { isDoubtful } from './doubt.ts';
import { HostSource, type ReadDeployments } from './host-source.ts';
import { selectShown } from './lifetime.ts';
import type { LoginOptions } from './login.ts';
import { deployment as deploymentEntity } from './metrics.ts';
import { type DeploymentsOptions, deploymentsOptions } from './options.ts';
import type { DeploymentSource } from './reading.ts';
import type { Deployment } from './record.ts';
import { type Latest, SourceReader } from './source-reader.ts';
import { type FileLocation, StateFile } from './state-file.ts';
import { findStuck } from './stuck.ts';

export interface DeploymentsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells of the deployments in the place of CIRISManager and its state file. */
  readonly deployments?: ReadDeployments | undefined;
  /** Where the files are when the options do not say; by default where CIRISManager keeps them. */
  readonly usualPlaces?: UsualPlaces | undefined;
}

export interface UsualPlaces {
  readonly deploymentState?: string;
  readonly auditLog?: string;
}

/** A deployment is on every point of its own: so many are bounded. */
const mostShown = 200;
const managersPlaces: UsualPlaces = {
  deploymentState: '/var/lib/ciris-manager/deployment_state.json',
  auditLog: '/var/log/ciris-manager/audit.jsonl',
};

/**
 * Reads the deployments of CIRISManager: from its API where there is a login, else from the file that it saves them to,
 * or from a host's function; and what its audit log notes of each. Opens nothing before the first collection.
 * Throws a TelemetryError `setting_invalid` for options that cannot be used.
 */
export function createDeploymentsCollector(
  options: z.input<typeof deploymentsOptions>,
  deps: DeploymentsDeps,
): Collector {
  const data = parseOptions(deploymentsOptions, options, 'the deployments collector');
  return new DeploymentsCollector(data, deps);
}

class DeploymentsCollector implements Collector {
  readonly name = 'deployments';
  readonly entities = [deploymentEntity, sourceEntity];
  readonly #sources: SourceReader;
  readonly #audit: AuditLog | undefined;
  readonly #course = new Course();
  readonly #keep: Micros;

  constructor(options: DeploymentsOptions, deps: DeploymentsDeps) {
    this.#keep = microsFromMs(options.keepDays * 86_400_000);
    const sources = sourcesOf(options, this.#keep, deps);
    this.#sources = new SourceReader(sources, deps.clock);
    const { usualPlaces = managersPlaces } = deps;
    const place = placeOf(options.auditLog, usualPlaces.auditLog);
    this.#audit = place === undefined ? undefined : new AuditLog(place);
    const places = sources.map(({ name, location }) => [name, location ?? 'given by the host'] as const);
    deps.logger.info('watching deployments', {
      ...Object.fromEntries(places),
      ...(place === undefined ? {} : { audit_log: place.path }),
    });
  }

  async collect(context: CollectContext): Promise<Collected> {
    const { time } = context;
    const [read, audit] = await Promise.all([this.#sources.read(context), this.#readAudit(context)]);
    const told = read.latest === undefined ? { rows: [], findings: [] } : this.#tell(read.latest, time);
    const samples = [...read.samples, ...(audit.sample === undefined ? [] : [audit.sample])];
    const collected = {
      rows: [...told.rows, ...samples.map((sample) => toRow(sourceEntity, sample, time))],
      problems: [...read.problems, ...audit.problems],
      findings: told.findings,
    };
    return read.failure === undefined ? collected : { ...collected, failure: read.failure };
  }

  close(): Promise<void> {
    return this.#sources.close();
  }

  async #readAudit({ time, budgetMs, signal }: CollectContext): Promise<AuditReading> {
    const audit = this.#audit;
    if (audit === undefined) return { sample: undefined, problems: [] };
    const reason = new TelemetryError(
      'timeout',
      `reading the audit log ${audit.location} took longer than there was time for; see whether its disk hangs`,
    );
    return withinTime({ ms: budgetMs, reason, signal }, (own) => audit.read(time, own));
  }

  #tell({ source, reading, isFresh }: Latest, time: Micros): Required<Derived> {
    const all = reading.deployments;
    const shown = selectShown(all, { time, keep: this.#keep, most: mostShown });
    const origins = originsOf(all);
    const rows = shown.map((deployment) => {
      const originId = origins.get(deployment.id);
      const audit = this.#audit?.countsOf(deployment);
      const sample = sampleOf(deployment, { source, time, isFresh, originId, audit });
      return toRow(deploymentEntity, sample, time);
    });
    const ids = new Set(all.map(({ id }) => id));
    const course = this.#course.look({ source, isWhole: reading.isWhole, ids, shown, time });
    const doubts = shown.filter(isDoubtful).map(doubtOf);
    return { rows, findings: [...doubts, ...findRepeats(shown), ...findStuck(shown, time), ...course] };
  }
}

function sourcesOf(
  options: DeploymentsOptions,
  keep: Micros,
  { clock, deployments, usualPlaces = managersPlaces }: DeploymentsDeps,
): readonly DeploymentSource[] {
  if (deployments !== undefined) return [new HostSource(deployments)];
  const { managerUrl: url, managerToken: token, managerTokenFile: path, deploymentState } = options;
  const place = placeOf(deploymentState, usualPlaces.deploymentState);
  const files = place === undefined ? [] : [new StateFile(place, clock)];
  const login = loginOf(token, path);
  if (url === undefined || login === undefined) return files;
  return [new ApiSource({ url, login, timeoutMs: options.managerTimeout * 1000, keep, clock }), ...files];
}

function placeOf(given: string | undefined, usual: string | undefined): FileLocation | undefined {
  const path = given ?? usual;
  return path === undefined ? undefined : { path, isRequired: given !== undefined };
}

function loginOf(token: string | undefined, path: string | undefined): LoginOptions | undefined {
  if (token !== undefined) return { kind: 'text', token };
  return path === undefined ? undefined : { kind: 'file', path };
}

const doubtOf = ({ id, agentsUpdated, agentsFailed }: Deployment): Finding => ({
  kind: 'deployment_doubtful',
  message: `deployment ${id} is marked completed, but stopped before its last phase, or did not reach all agents that it was for (${agentsUpdated ?? '?'} updated, ${agentsFailed ?? '?'} failed): see which agents run the old image, and deploy anew`,
});
