import type { Micros } from '../../metric/time.ts';
import { type ErrorCode, systemCodeOf } from '../../runtime/errors.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { Problem } from '../collector.ts';
import type { SourceSample } from '../source/sample.ts';
import { readAuditLine } from './audit-line.ts';
import { AuditTally } from './audit-tally.ts';
import { fileFailureOf } from './file-failure.ts';
import { FileTail, type Tailed } from './file-tail.ts';
import type { Deployment } from './record.ts';
import type { AuditCounts } from './sample.ts';
import type { FileLocation } from './state-file.ts';

/** A line may hold a whole changelog. */
const limits = { firstBytes: 32 * 1024 * 1024, mostBytes: 8 * 1024 * 1024, longestLine: 1024 * 1024 };

/** How reading the log went. */
export interface AuditReading {
  /** Undefined where there is no log and nobody asked for one. */
  readonly sample: SourceSample | undefined;
  readonly problems: readonly Problem[];
}

/** The audit log of CIRISManager: the only place that tells of refused updates and proposed rollbacks. */
export class AuditLog {
  readonly location: string;
  readonly #isRequired: boolean;
  readonly #tail: FileTail;
  readonly #tally = new AuditTally();
  #readAt: Micros | undefined;
  #isCurrent = false;
  #underWay: Promise<Tailed> | undefined;

  constructor({ path, isRequired }: FileLocation) {
    this.location = path;
    this.#isRequired = isRequired;
    this.#tail = new FileTail(path, limits);
  }

  async read(time: Micros, signal: AbortSignal): Promise<AuditReading> {
    this.#isCurrent = false;
    try {
      const problems = this.#count(await this.#added(signal));
      this.#readAt = time;
      return { sample: this.#sampleOf(undefined, time), problems };
    } catch (thrown) {
      const isMissing = systemCodeOf(thrown) === 'ENOENT';
      if (isMissing && !this.#isRequired && this.#readAt === undefined) {
        return { sample: undefined, problems: [] };
      }
      const { code, message } = fileFailureOf(thrown, `reading the audit log ${this.location}`);
      const problem: Problem = { kind: code === 'timeout' ? 'timeout' : 'other', message };
      return { sample: this.#sampleOf(code, time), problems: [problem] };
    }
  }

  /** Undefined where the log says nothing for certain. */
  countsOf(deployment: Deployment): AuditCounts | undefined {
    return this.#tally.of(deployment, this.#isCurrent);
  }

  /** What hangs goes on unheard and is not overtaken: its lines are counted by whoever waits for it next. */
  async #added(signal: AbortSignal): Promise<Tailed> {
    const underWay = this.#underWay ?? this.#tail.read();
    this.#underWay = underWay;
    try {
      const tailed = await untilAborted(underWay, signal);
      this.#underWay = undefined;
      return tailed;
    } catch (thrown) {
      if (!signal.aborted) this.#underWay = undefined;
      throw thrown;
    }
  }

  #sampleOf(errorType: ErrorCode | undefined, time: Micros): SourceSample {
    return {
      source: 'audit_log',
      location: this.location,
      up: errorType === undefined,
      errorType,
      writtenAt: this.#tally.last,
      readAt: this.#readAt,
      time,
    };
  }

  #count({ lines, isBehind }: Tailed): readonly Problem[] {
    this.#isCurrent = !isBehind;
    let lost = 0;
    for (const text of lines) {
      const line = text === undefined ? undefined : readAuditLine(text);
      if (line !== undefined) this.#tally.add(line);
      else {
        lost += 1;
        this.#tally.skip();
      }
    }
    if (lost === 0) return [];
    const message = `the audit log ${this.location} has lines that cannot be read or were missed (${lost}); what it says of deployments at that time is left out`;
    return [{ kind: 'parse', message }];
  }
}
