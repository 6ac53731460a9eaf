import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { CollectContext, Failure, Problem } from '../collector.ts';
import type { SourceSample } from '../source/sample.ts';
import { hasEnded } from './lifetime.ts';
import type { DeploymentSource, Reading } from './reading.ts';

/** What the last source that could be read told. */
export interface Latest {
  readonly source: string;
  readonly reading: Reading;
  /** Whether that was at this time. */
  readonly isFresh: boolean;
}

export interface SourcesRead {
  readonly latest: Latest | undefined;
  /** One for each source that was tried. */
  readonly samples: readonly SourceSample[];
  readonly problems: readonly Problem[];
  /** Where none of them could be read. */
  readonly failure: Failure | undefined;
}

/** For so long after it was last read, what had not ended counts on; then it may well have. What has ended stays so. */
const heldFor: Micros = 600e6;
/** A source that hangs leaves the next one some of the time. */
const shareOfFirst = 0.7;

interface Attempt {
  readonly source: DeploymentSource;
  readonly reading: Reading | undefined;
  readonly failure: TelemetryError | undefined;
}

/** Reads the first of several sources that can be read; while none can, what the last one told counts on for a while. */
export class SourceReader {
  readonly #sources: readonly DeploymentSource[];
  readonly #clock: Clock;
  readonly #readAt = new Map<string, { readonly readAt: Micros; readonly writtenAt: Micros | undefined }>();
  #latest: { readonly source: string; readonly reading: Reading; readonly readAt: Micros } | undefined;

  constructor(sources: readonly DeploymentSource[], clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  async read(context: CollectContext): Promise<SourcesRead> {
    const attempts = await this.#attempt(context);
    const samples = attempts.map((attempt) => this.#sampleOf(attempt, context.time));
    const failures = attempts.flatMap(({ failure }) => failure ?? []);
    const read = attempts.find(({ reading }) => reading !== undefined);
    if (read?.reading === undefined) {
      return { latest: this.#held(context.time), samples, problems: [], failure: together(failures) };
    }
    const { reading, source } = read;
    this.#latest = { source: source.name, reading, readAt: context.time };
    const problems = [...failures.map(problemOf), ...reading.problems];
    const latest = { source: source.name, reading, isFresh: true };
    return { latest, samples, problems, failure: undefined };
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }

  #held(time: Micros): Latest | undefined {
    if (this.#latest === undefined) return undefined;
    const { source, reading, readAt } = this.#latest;
    if (time - readAt <= heldFor) return { source, reading, isFresh: false };
    const ended = { ...reading, deployments: reading.deployments.filter(hasEnded), isWhole: false };
    return { source, reading: ended, isFresh: false };
  }

  /** Leaves out a source that is not there and that nobody asked for. */
  async #attempt({ time, budgetMs, signal }: CollectContext): Promise<readonly Attempt[]> {
    const endMs = this.#clock.monotonic() + budgetMs;
    const attempts: Attempt[] = [];
    for (const [index, source] of this.#sources.entries()) {
      const share = index === this.#sources.length - 1 ? 1 : shareOfFirst;
      const ms = Math.max(0, endMs - this.#clock.monotonic()) * share;
      const reason = new TelemetryError(
        'timeout',
        `reading deployments from ${source.location ?? 'the host'} took longer than there was time for; see whether it hangs, or give collections more time`,
      );
      try {
        const reading = await withinTime({ ms, reason, signal }, (own) => source.read({ time, signal: own }));
        if (reading === undefined) continue;
        attempts.push({ source, reading, failure: undefined });
        return attempts;
      } catch (thrown) {
        attempts.push({ source, reading: undefined, failure: failureOf(thrown, source) });
      }
    }
    return attempts;
  }

  #sampleOf({ source, reading, failure }: Attempt, time: Micros): SourceSample {
    const { name, location } = source;
    if (reading !== undefined) this.#readAt.set(name, { readAt: time, writtenAt: reading.writtenAt });
    const known = this.#readAt.get(name);
    return {
      source: name,
      location,
      up: reading !== undefined,
      errorType: failure?.code,
      writtenAt: known?.writtenAt,
      readAt: known?.readAt,
      time,
    };
  }
}

function failureOf(thrown: unknown, { name }: DeploymentSource): TelemetryError {
  if (thrown instanceof TelemetryError) return thrown;
  return new TelemetryError(
    'internal',
    `reading deployments from ${name} failed in a way that was not foreseen`,
    {
      cause: thrown,
    },
  );
}

function problemOf({ code, message }: TelemetryError): Problem {
  return { kind: code === 'timeout' ? 'timeout' : 'other', message };
}

function together(failures: readonly TelemetryError[]): Failure | undefined {
  const [first] = failures;
  if (first === undefined) return undefined;
  return { type: first.code, message: failures.map(({ message }) => message).join('; and ') };
}
