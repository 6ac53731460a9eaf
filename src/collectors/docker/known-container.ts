import type { Micros } from '../../metric/time.ts';
import type { Details } from './inspect-answer.ts';
import type { ListedContainer } from './list-answer.ts';

/** What became of a container and when, by our clock; kept, so that the start of its counters does not waver. */
export type OurTimes = Pick<Details, 'createdAt' | 'startedAt' | 'finishedAt'>;

/** Details of a container that hold until the list tells otherwise. */
export interface KnownContainer extends OurTimes {
  /** Of the list that they were read after; undefined where they must be read again. */
  readonly fingerprint: string | undefined;
  readonly details: Details;
  /** False where the engine may yet learn how the container ended. */
  readonly settled: boolean;
}

export function knownFrom(
  listed: ListedContainer,
  details: Details,
  times: OurTimes,
  before: KnownContainer | undefined,
): KnownContainer {
  const { exitCode, oomKilled } = details;
  // Word of a kill for memory can reach the engine after the end itself.
  const isCertain = exitCode === undefined || oomKilled !== undefined;
  const kept = (which: keyof OurTimes): Micros | undefined =>
    before !== undefined && before.details[which] === details[which] ? before[which] : times[which];
  return {
    fingerprint: listed.fingerprint,
    details,
    createdAt: kept('createdAt'),
    startedAt: kept('startedAt'),
    finishedAt: kept('finishedAt'),
    settled: isCertain || before?.fingerprint === listed.fingerprint,
  };
}

/** To be read again, though what is kept of its run still holds where that goes on. */
export function doubted(known: KnownContainer): KnownContainer {
  return { ...known, fingerprint: undefined };
}

export function hasStartedAnew(before: KnownContainer | undefined, details: Details): boolean {
  return before === undefined || before.details.startedAt !== details.startedAt;
}

/** When containers were listed, and listed before, by the engine's clock. */
export interface ListTimes {
  readonly listedAt: Micros;
  readonly listedBefore: Micros;
}

/**
 * Whether the list shows that known details may be wrong. A list has no start times, but every start gives a
 * container new network endpoints, and its age in words must fit what is known. Podman lists no endpoints and
 * no health.
 */
export function isOutdated(known: KnownContainer, listed: ListedContainer, times: ListTimes): boolean {
  return (
    known.fingerprint !== listed.fingerprint ||
    !known.settled ||
    listed.state === 'restarting' ||
    (listed.state === 'running' && known.details.hasHealthcheck && listed.health === undefined) ||
    contradictsAge(known.details, listed, times.listedAt) ||
    (!listed.showsStarts && isAsYoungAs(listed, times))
  );
}

const toleranceSeconds = 2;

/** Whether it may have started or ended anew since it was listed before. */
function isAsYoungAs({ age }: ListedContainer, { listedAt, listedBefore }: ListTimes): boolean {
  return age !== undefined && age.minSeconds - toleranceSeconds < (listedAt - listedBefore) / 1e6;
}

function contradictsAge(
  { startedAt, finishedAt }: Details,
  { state, age }: ListedContainer,
  listedAt: Micros,
): boolean {
  const since = state === 'running' || state === 'paused' ? startedAt : finishedAt;
  if (age === undefined || since === undefined) return false;
  const seconds = (listedAt - since) / 1e6;
  return seconds < age.minSeconds - toleranceSeconds || seconds > age.maxSeconds + toleranceSeconds;
}
