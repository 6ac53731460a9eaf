import type { Row } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import { type Build, BuildBook, type BuildFacts, factsOf, strangerOf } from './build-book.ts';
import { type KnownAgent, ownFacts, type Standing, standingOf } from './known-agent.ts';
import { type Order, ordersOf } from './order.ts';
import type { Component } from './sample.ts';
import { type Sighting, sightingOf } from './sighting.ts';

/** A deployment's order, and the build it is for. */
export interface BuildOrder extends Order {
  readonly build: Build;
  /** Whether the build is one that something else tells of too; a moving tag alone names none. */
  readonly known: boolean;
}

/** What the registry notes of one agent, as builds. */
export interface NotedBuilds {
  readonly current: Build | undefined;
  readonly previous: Build | undefined;
  readonly fallback: Build | undefined;
  readonly orderedAt: Micros | undefined;
}

/** All that is said of the versions of one component. */
export interface Evidence {
  readonly standings: readonly Standing[];
  readonly noted: readonly NotedBuilds[];
  readonly orders: readonly BuildOrder[];
}

/** Knows the builds that agents, deployments and, for the component `agent`, a host speak of. */
export function agentBook(agents: readonly KnownAgent[], rows: readonly Row[]): BuildBook {
  const noted = agents.flatMap(({ noted: { current, previous, fallback } }) => [current, previous, fallback]);
  const seen = agents.flatMap(({ containers }) => containers.map(({ facts }) => facts));
  const own = agents.map(({ ownVersion }) => ownFacts(ownVersion));
  const book = new BuildBook(
    [...seen, ...noted, ...orderFacts('agent', rows), ...hostFacts(rows)].filter(isKnown),
  );
  for (const facts of ownWords(agents, book)) book.learn(facts);
  for (const facts of own.filter(isKnown)) book.learn(facts);
  return book;
}

/**
 * What agents say of builds whose images tell no version. The word of an agent does not count against a tag: versions
 * have been released that still called themselves by the name of the one before.
 */
function ownWords(agents: readonly KnownAgent[], book: BuildBook): readonly BuildFacts[] {
  const words = new Map<Build, Map<string, BuildFacts>>();
  for (const { containers, ownVersion } of agents) {
    const own = ownFacts(ownVersion);
    for (const { facts, running } of containers) {
      const build = running ? book.find(facts) : undefined;
      if (build === undefined || own?.version === undefined || build.versions.size > 0) continue;
      const said = words.get(build) ?? new Map<string, BuildFacts>();
      words.set(build, said.set(own.version, { ...facts, version: own.version, tag: own.tag }));
    }
  }
  return [...words.values()].filter((said) => said.size === 1).flatMap((said) => [...said.values()]);
}

export function agentEvidence(
  agents: readonly KnownAgent[],
  rows: readonly Row[],
  book: BuildBook,
): Evidence {
  const standings = agents
    .map((agent) => standingOf(agent, book))
    .filter((standing) => standing !== undefined);
  const noted = agents.map(({ noted }) => ({
    current: book.find(noted.current),
    previous: book.find(noted.previous),
    fallback: book.find(noted.fallback),
    orderedAt: noted.orderedAt,
  }));
  return { standings, noted, orders: buildOrders('agent', rows, { book, standings }) };
}

/** Of a component that runs once, or once on each server, in a container of this name. */
export function containerEvidence(
  component: 'gui' | 'nginx',
  agents: readonly KnownAgent[],
  rows: readonly Row[],
): Evidence {
  const sightings = rows.filter((row) => isNamed(row, `ciris-${component}`)).map(sightingOf);
  const notedFacts = component === 'gui' ? agents.map(({ noted }) => noted) : [];
  const all = [...sightings.map(({ facts }) => facts), ...notedFacts.map(({ gui }) => gui).filter(isKnown)];
  const book = new BuildBook([...all, ...orderFacts(component, rows)]);
  const noted = notedFacts.map(({ gui, orderedAt }) => ({
    current: book.find(gui),
    previous: undefined,
    fallback: undefined,
    orderedAt,
  }));
  const seen = sightings.map((sighting) => containerStanding(sighting, book)).filter(isKnown);
  const standings = seen.length > 0 ? seen : noted.map(notedStanding).filter(isKnown);
  return { standings, noted, orders: buildOrders(component, rows, { book, standings }) };
}

function isNamed({ entity, info }: Row, name: string): boolean {
  return entity === 'container' && info['container.name'] === name && info['ciris.agent.id'] === undefined;
}

function containerStanding({ facts, running }: Sighting, book: BuildBook): Standing | undefined {
  const build = book.find(facts);
  return build && { build, source: 'container', running };
}

function notedStanding({ current }: NotedBuilds): Standing | undefined {
  return current && { build: current, source: 'registry', running: true };
}

function orderFacts(component: Component, rows: readonly Row[]): readonly BuildFacts[] {
  return ordersOf(component, rows).map(({ facts }) => facts);
}

function hostFacts(rows: readonly Row[]): readonly BuildFacts[] {
  return rows
    .filter(
      ({ entity, identity }) => entity === 'component_version' && identity['ciris.component'] === 'agent',
    )
    .map(versionFacts);
}

/** What a `component_version` row says of its image. */
export function versionFacts({ info }: Row): BuildFacts {
  return factsOf({
    image: info['ciris.version.image'],
    tag: info['ciris.version.tag'],
    digest: info['ciris.version.digest'],
  });
}

function buildOrders(
  component: Component,
  rows: readonly Row[],
  { book, standings }: { readonly book: BuildBook; readonly standings: readonly Standing[] },
): readonly BuildOrder[] {
  const running = new Set(standings.filter((standing) => standing.running).map(({ build }) => build));
  return ordersOf(component, rows).map((order) => {
    // A tag that moves was followed by what runs under it, where that is one build alone.
    const [only, ...others] = [...running].filter(({ images }) => images.has(order.image));
    const followed = order.state === 'done' && others.length === 0 ? only : undefined;
    const build = book.find(order.facts) ?? followed;
    return { ...order, build: build ?? strangerOf(order.facts), known: build !== undefined };
  });
}

function isKnown<T>(value: T | undefined): value is T {
  return value !== undefined;
}
