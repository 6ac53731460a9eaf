import type { Micros } from '../../metric/time.ts';
import type { Finding } from '../collector.ts';
import { hasEnded } from './lifetime.ts';
import type { Deployment } from './record.ts';
import type { DeploymentPhase, DeploymentStatus } from './sample.ts';

/** What is looked at: all that a source told at one time. */
export interface Look {
  readonly source: string;
  readonly isWhole: boolean;
  /** Of all deployments that it told of. */
  readonly ids: ReadonlySet<string>;
  readonly shown: readonly Deployment[];
  readonly time: Micros;
}

interface Seen {
  readonly source: string;
  readonly deployment: Deployment;
  /** Found out by comparing; it stays true for as long as the deployment is shown. */
  readonly wentBack: string | undefined;
  readonly wentOn: boolean;
}

/** For so long it is said that a deployment is gone. */
const mournedFor: Micros = 3600 * 1e6;

/** The course that deployments take, from one look to the next. The later truth always wins; that it differs is a finding. */
export class Course {
  #seen: ReadonlyMap<string, Seen> = new Map();
  #gone: ReadonlyMap<string, { readonly at: Micros; readonly status: string }> = new Map();

  look(look: Look): readonly Finding[] {
    const seen = new Map<string, Seen>();
    for (const deployment of look.shown) {
      seen.set(deployment.id, next(this.#seen.get(deployment.id), deployment, look.source));
    }
    this.#gone = this.#vanished(look);
    this.#seen = seen;
    return [
      ...[...seen.values()].flatMap(findingsOf),
      ...[...this.#gone].map(([id, { status }]) => ({
        kind: 'deployment_vanished',
        message: `deployment ${id}, last seen ${status}, is gone though CIRISManager never forgets one: see whether its state file was lost or overwritten`,
      })),
    ];
  }

  /** A source may tell of what another does not, so only one that told before can leave something out. */
  #vanished({ source, isWhole, ids, time }: Look) {
    const gone = new Map([...this.#gone].filter(([id, { at }]) => !ids.has(id) && time - at <= mournedFor));
    for (const [id, before] of this.#seen) {
      if (ids.has(id)) continue;
      if (isWhole && before.source === source)
        gone.set(id, { at: time, status: nameOf(before.deployment.status) });
    }
    return gone;
  }
}

const nameOf = (status: DeploymentStatus | undefined): string => status ?? 'without status';

const backAgain: ReadonlySet<DeploymentStatus> = new Set(['pending', 'in_progress', 'paused']);
const order: Readonly<Record<DeploymentPhase, number | undefined>> = {
  explorers: 0,
  early_adopters: 1,
  general: 2,
  single: undefined,
  unknown: undefined,
};

function next(before: Seen | undefined, deployment: Deployment, source: string): Seen {
  const { status } = deployment;
  const wentOn = wentOnByEvents(deployment) || (before !== undefined && wentOnSince(before, deployment));
  if (before === undefined) return { source, deployment, wentBack: undefined, wentOn };
  const isBack = hasEnded(before.deployment) && status !== undefined && backAgain.has(status);
  const now = `${nameOf(before.deployment.status)} (${before.source}) and then ${nameOf(status)} (${source})`;
  return { source, deployment, wentBack: isBack ? now : before.wentBack, wentOn };
}

function wentOnByEvents(deployment: Deployment): boolean {
  const { completedAt, lastEventAt } = deployment;
  return hasEnded(deployment) && isLater(completedAt, lastEventAt);
}

function isLater(before: number | null | undefined, after: number | null | undefined): boolean {
  return typeof before === 'number' && typeof after === 'number' && after > before;
}

function wentOnSince({ deployment: before, wentOn }: Seen, now: Deployment): boolean {
  if (!hasEnded(before) || !hasEnded(now)) return false;
  // Agents that restart late are still counted in those that failed, which is no going on.
  const updatesMore = now.status === 'cancelled' && isLater(before.agentsUpdated, now.agentsUpdated);
  return wentOn || updatesMore || isLater(placeOf(before), placeOf(now));
}

const placeOf = ({ phase }: Deployment): number | undefined =>
  phase === undefined ? undefined : order[phase];

function findingsOf({ deployment: { id, status }, wentBack, wentOn }: Seen): readonly Finding[] {
  const findings: Finding[] = [];
  if (wentBack !== undefined) {
    findings.push({
      kind: 'deployment_went_back',
      message: `deployment ${id} was ${wentBack}: it never ended; another instance of CIRISManager may have marked it so, and its state file is wrong until this one saves it again`,
    });
  }
  if (wentOn) {
    findings.push({
      kind: 'deployment_goes_on',
      message: `deployment ${id} is ${nameOf(status)} and went on after that: agents were still updated; if it still does, only a restart of CIRISManager ends it`,
    });
  }
  return findings;
}
