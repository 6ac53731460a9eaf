import { type Row, toRow } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { Derivation, Derived } from '../collector.ts';
import { adoptionOf, groupOf, type Marks } from './adoption.ts';
import type { Build, BuildBook } from './build-book.ts';
import { type Choice, type Choices, chooseSlots } from './choose-slots.ts';
import { agentBook, agentEvidence, containerEvidence, type Evidence, versionFacts } from './evidence.ts';
import { isFixedTag, parseImage } from './image-reference.ts';
import { type KnownAgent, knownAgents, standingOf } from './known-agent.ts';
import { componentVersion, versionAdoption } from './metrics.ts';
import { type Adoption, type Component, canaryGroups, type Slot, slots } from './sample.ts';
import { findDrift, findUndecided } from './version-findings.ts';

/**
 * Sums up which versions of each component are in use, and how far the agents have come with the latest one. A component
 * that a host tells of is left to the host. Agents are counted where targets name them, each once, and
 * not those that were stopped on purpose and do not run.
 */
export function versionsDerivation(): Derivation {
  return { name: 'versions', derive };
}

function derive(rows: readonly Row[], time: Micros): Required<Derived> {
  const agents = knownAgents(rows);
  const book = agentBook(agents, rows);
  const evidence = agentEvidence(agents, rows, book);
  const chosen = chooseSlots(evidence);
  const told = rows.filter(({ entity }) => entity === componentVersion.name);
  const derived = (
    [
      ['agent', chosen],
      ['gui', chooseSlots(containerEvidence('gui', agents, rows))],
      ['nginx', chooseSlots(containerEvidence('nginx', agents, rows))],
    ] as const
  ).filter(([component]) => !isTold(component, told));
  const marks = isTold('agent', told) ? toldMarks(told, book) : marksOf(chosen);
  return {
    rows: [
      ...derived.flatMap(([component, choices]) => slotRows(component, choices, time)),
      ...(areAllKnown(rows) ? adoptionRows({ agents, book, evidence, marks }, time) : []),
    ],
    findings: [
      ...derived.flatMap(([component, { undecided }]) => findUndecided(component, undecided)),
      ...findDrift(agents, book, evidence),
    ],
  };
}

function isTold(component: Component, told: readonly Row[]): boolean {
  return told.some(({ identity }) => identity['ciris.component'] === component);
}

function marksOf({ current, previous, fallback }: Choices): Marks {
  return { current: current?.build, previous: previous?.build, fallback: fallback?.build };
}

function toldMarks(told: readonly Row[], book: BuildBook): Marks {
  const build = (slot: Slot): Build | undefined => {
    const row = told.find(
      ({ identity }) => identity['ciris.component'] === 'agent' && identity['ciris.version.slot'] === slot,
    );
    return row === undefined ? undefined : book.find(versionFacts(row));
  };
  return { current: build('current'), previous: build('previous'), fallback: build('fallback') };
}

function slotRows(component: Component, choices: Choices, time: Micros): readonly Row[] {
  return slots.flatMap((slot) => {
    const choice = choices[slot];
    return choice === undefined ? [] : [slotRow({ component, slot, choice }, time)];
  });
}

function slotRow(
  {
    component,
    slot,
    choice: { build, ...why },
  }: { readonly component: Component; readonly slot: Slot; readonly choice: Choice },
  time: Micros,
): Row {
  const [digest, ...otherDigests] = build.digests;
  const names = {
    image: bestOf(build.images, (image) => isFixedTag(parseImage(image).tag ?? '')),
    tag: bestOf(build.tags, isFixedTag),
    // One image has a digest on each platform, and in each registry that it was pushed to.
    digest: otherDigests.length === 0 ? digest : undefined,
  };
  return toRow(componentVersion, { component, slot, ...names, ...why }, time);
}

/** The same of several names at every snapshot, and one that stays with the build where there is one. */
function bestOf(names: ReadonlySet<string>, isBetter: (name: string) => boolean): string | undefined {
  const sorted = [...names].sort();
  return sorted.find(isBetter) ?? sorted[0];
}

/** A source of targets that could never be read may name agents that no other does: figures without them would be of some. */
function areAllKnown(rows: readonly Row[]): boolean {
  return rows.every(
    ({ entity, identity, values }) =>
      entity !== 'source' ||
      !sourcesOfTargets.includes(identity['ciris.source']) ||
      values.readAge !== undefined,
  );
}

const sourcesOfTargets: readonly (string | undefined)[] = ['registry', 'host'];

interface Fleet {
  readonly agents: readonly KnownAgent[];
  readonly book: BuildBook;
  readonly evidence: Evidence;
  readonly marks: Marks;
}

/** Without a single target nobody knows of how many agents there should be figures. */
function adoptionRows({ agents, book, evidence, marks }: Fleet, time: Micros): readonly Row[] {
  const targets = agents.filter(({ isTarget }) => isTarget);
  if (targets.length === 0) return [];
  const counts = new Map(canaryGroups.map((group) => [group, emptyCounts()]));
  for (const agent of targets) {
    const standing = standingOf(agent, book);
    if (agent.isStopped && standing?.running !== true) continue;
    const count = counts.get(groupOf(agent.canaryGroup));
    // What the registry notes was ordered: whether it came to run, only a container or the agent shows.
    const build = standing?.source === 'registry' ? undefined : standing?.build;
    if (count !== undefined) count[adoptionOf(build, marks, evidence)] += 1;
  }
  return [...counts].map(([group, count]) => toRow(versionAdoption, { group, agents: count }, time));
}

function emptyCounts(): Record<Adoption, number> {
  return { latest: 0, previous: 0, older: 0, newer: 0, unknown: 0 };
}
