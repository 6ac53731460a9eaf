import type { Row } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import { type BuildFacts, factsOf } from './build-book.ts';

/** What one container shows of the image it was made from. */
export interface Sighting {
  readonly facts: BuildFacts;
  readonly running: boolean;
}

/** What the registry of the manager notes for one agent: the image it was asked to change to, and those before. */
export interface Noted {
  readonly current: BuildFacts | undefined;
  readonly previous: BuildFacts | undefined;
  readonly fallback: BuildFacts | undefined;
  readonly gui: BuildFacts | undefined;
  readonly orderedAt: Micros | undefined;
}

/** A container in one of these acts, or will in a moment. */
const living: ReadonlySet<string | undefined> = new Set(['running', 'paused', 'restarting']);

export function sightingOf({ info, states }: Row): Sighting {
  const facts = factsOf({ image: info['container.image.name'], id: info['container.image.id'] });
  return { facts, running: living.has(states.state) };
}

/** @param rows - all `agent_version` rows of one agent. */
export function notedIn(rows: readonly Row[]): Noted {
  const slot = (name: string): Row | undefined =>
    rows.find(({ identity }) => identity['ciris.version.slot'] === name);
  const current = slot('current');
  const gui = current?.info['ciris.version.gui.image'];
  const seconds = current?.values.deployedAt;
  return {
    current: notedFacts(current),
    previous: notedFacts(slot('previous')),
    fallback: notedFacts(slot('fallback')),
    gui: gui === undefined ? undefined : factsOf({ image: gui }),
    orderedAt: seconds === undefined ? undefined : Math.round(Number(seconds) * 1e6),
  };
}

function notedFacts(row: Row | undefined): BuildFacts | undefined {
  if (row === undefined) return undefined;
  return factsOf({
    image: row.info['ciris.version.image'],
    tag: row.info['ciris.version.tag'],
    digest: row.info['ciris.version.digest'],
  });
}
