import type { Micros } from '../../metric/time.ts';
import { type Build, compareBuilds } from './build-book.ts';
import type { BuildOrder, Evidence, NotedBuilds } from './evidence.ts';
import type { VersionSource } from './sample.ts';

/** A build in a slot, and why it stands there. */
export interface Choice {
  readonly build: Build;
  readonly source: VersionSource;
  readonly deploymentId: string | undefined;
  readonly deployedAt: Micros | undefined;
}

export interface Choices {
  readonly current: Choice | undefined;
  readonly previous: Choice | undefined;
  readonly fallback: Choice | undefined;
  readonly staged: Choice | undefined;
  /** How many builds are in use of which none could be told to be the current one; 0 where one could. */
  readonly undecided: number;
}

/**
 * What stands in each slot.
 *
 * Current is what runs, if that is one build. Of several, it is the one that a rollout for all was last completed with.
 * Else those are left out whose rollout is under way or did not come to a good end, and it is the one that the registry
 * noted last, where it noted each of them; else the one with the highest version. Where nothing runs, it is what the last
 * completed rollout ordered.
 *
 * Previous and fallback are what completed rollouts ordered before it; else what the registry notes before it, where all
 * agents agree. Staged is the newest order that waits or goes on.
 */
export function chooseSlots(evidence: Evidence): Choices {
  const { orders } = evidence;
  const builds = buildsInUse(evidence);
  const build = builds.length === 0 ? orders.find(isDone)?.build : decide(builds, evidence);
  const open = orders.find((order) => order.state === 'open' && order.build !== build);
  const staged: Choice | undefined = open && {
    build: open.build,
    source: 'deployment',
    deploymentId: open.deploymentId,
    deployedAt: undefined,
  };
  if (build === undefined) {
    return { current: undefined, previous: undefined, fallback: undefined, staged, undecided: builds.length };
  }
  const current = choiceOf(build, sourceOf(build, evidence), evidence);
  const [previous, fallback] = choosePredecessors(build, evidence);
  return { current, previous, fallback, staged, undecided: 0 };
}

const isDone = ({ state }: BuildOrder): boolean => state === 'done';

/** What has stopped is in use only where nothing else is. */
function buildsInUse({ standings }: Evidence): readonly Build[] {
  const running = standings.filter((standing) => standing.running);
  return [...new Set((running.length > 0 ? running : standings).map(({ build }) => build))];
}

function decide(builds: readonly Build[], { orders, noted }: Evidence): Build | undefined {
  if (builds.length === 1) return builds[0];
  const completed = orders.find((order) => isDone(order) && builds.includes(order.build));
  if (completed !== undefined) return completed.build;
  const settled = builds.filter((build) => orders.every((order) => order.build !== build));
  const candidates = settled.length > 0 ? settled : builds;
  return candidates.length === 1 ? candidates[0] : (notedLast(candidates, noted) ?? highest(candidates));
}

/** Undefined while it is not known of each when it was noted: the one that nobody noted may be the newest. */
function notedLast(builds: readonly Build[], noted: readonly NotedBuilds[]): Build | undefined {
  const dated = builds.map((build) => ({ build, at: notedAt(build, noted) ?? Number.NaN }));
  const newest = Math.max(...dated.map(({ at }) => at));
  const last = dated.filter(({ at }) => at === newest);
  return last.length === 1 ? last[0]?.build : undefined;
}

function highest(builds: readonly Build[]): Build | undefined {
  return builds.find((build) =>
    builds.every((other) => other === build || (compareBuilds(build, other) ?? 0) > 0),
  );
}

function notedAt(build: Build, noted: readonly NotedBuilds[]): Micros | undefined {
  const times = noted
    .filter(({ current }) => current === build)
    .map(({ orderedAt }) => orderedAt)
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** When a build was last ordered for all, or else noted for one. */
export function orderedAt(build: Build, { orders, noted }: Evidence): Micros | undefined {
  const order = orders.find((one) => isDone(one) && one.build === build);
  return order?.time ?? notedAt(build, noted);
}

const sourceRanks: readonly VersionSource[] = ['container', 'agent', 'registry'];

function sourceOf(build: Build, { standings }: Evidence): VersionSource {
  const sources = new Set(standings.filter((one) => one.build === build).map(({ source }) => source));
  return sourceRanks.find((source) => sources.has(source)) ?? 'deployment';
}

function choiceOf(build: Build, source: VersionSource, { orders, noted }: Evidence): Choice {
  const order = orders.find((one) => isDone(one) && one.build === build);
  const completedAt = order?.completed === true ? order.time : undefined;
  const deployedAt = order === undefined ? notedAt(build, noted) : completedAt;
  return { build, source, deploymentId: order?.deploymentId, deployedAt };
}

function choosePredecessors(
  current: Build,
  evidence: Evidence,
): readonly [Choice | undefined, Choice | undefined] {
  const [first, second] = orderedBefore(current, evidence.orders);
  const onCurrent = evidence.noted.filter((noted) => noted.current === current);
  const previous = first ?? agreed(onCurrent, ({ previous }) => previous, [current]);
  if (previous === undefined) return [undefined, undefined];
  const onBoth = onCurrent.filter((noted) => noted.previous === previous);
  const fallback = second ?? agreed(onBoth, ({ fallback }) => fallback, [current, previous]);
  // When the registry noted a build for one agent says nothing of when others left it.
  const choose = (build: Build, ordered: Build | undefined): Choice =>
    ordered === undefined
      ? { build, source: 'registry', deploymentId: undefined, deployedAt: undefined }
      : choiceOf(build, 'deployment', evidence);
  return [choose(previous, first), fallback && choose(fallback, second)];
}

/**
 * The builds of completed rollouts from before the current one was ordered, the newest first, up to one that nobody can
 * tell. What runs without an order came at no known time, and so after nothing.
 */
function orderedBefore(current: Build, orders: readonly BuildOrder[]): readonly Build[] {
  const isBegun = ({ state, underWay }: BuildOrder): boolean => state !== 'open' || underWay;
  const since = orders.findIndex((order) => isBegun(order) && order.build === current);
  if (since === -1) return [];
  const before = orders.slice(since + 1).filter((order) => isDone(order) && order.build !== current);
  const unclear = before.findIndex(({ known }) => !known);
  return [...new Set(before.slice(0, unclear === -1 ? undefined : unclear).map(({ build }) => build))];
}

function agreed(
  noted: readonly NotedBuilds[],
  read: (noted: NotedBuilds) => Build | undefined,
  others: readonly Build[],
): Build | undefined {
  const [first, ...rest] = new Set(noted.map(read).filter((build) => build !== undefined));
  return first === undefined || rest.length > 0 || others.includes(first) ? undefined : first;
}
