import { type Row, toRow } from '../../metric/row.ts';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { AgentIdentity } from '../agent-target.ts';
import type { Finding } from '../collector.ts';
import { CounterRun } from './counter-run.ts';
import type { CountName, ServiceFigures } from './sample.ts';
import { agentService } from './service-metrics.ts';
import { readUnifiedAnswer, type UnifiedAnswer } from './unified-answer.ts';
import { agentUsage } from './usage-metrics.ts';

/** Rows of one reading, which stay as they are until the agent has newer figures. */
export interface Page {
  readonly time: Micros;
  /** The same by the clock that never jumps, in ms. */
  readonly takenMs: number;
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
}

/** An answer, and how long the agent had kept its figures. */
export interface AgedAnswer {
  readonly answer: UnifiedAnswer;
  readonly age: Micros;
}

interface Reading extends Pick<Page, 'time' | 'takenMs'> {
  readonly answer: UnifiedAnswer;
  readonly processStart: Micros | undefined;
}

/** An agent keeps its answer for half a minute; what seems much older was stamped by a clock that was set. */
const longestAge: Micros = 300e6;
/** Clocks of two hosts differ a little, and a clock is put right now and then. */
const nearMicros: Micros = 5e6;

/** Undefined when it is no such answer, or when its figures were taken cannot be known. */
export function readAgedAnswer(
  body: unknown,
  receivedMs: number,
  mostServices: number,
): AgedAnswer | undefined {
  const answer = readUnifiedAnswer(body, mostServices);
  if (answer === undefined) return undefined;
  const age = (answer.sentAt ?? microsFromMs(receivedMs)) - answer.takenAt;
  return age >= -nearMicros && age <= longestAge ? { answer, age: Math.max(0, age) } : undefined;
}

/** The oldest service began with the process, and is hardly younger. */
const youngSeconds = 2;
/** A service that is gone for a while is remembered, unless there are very many. */
const mostRemembered = 2000;

/** The figures that one process of an agent has given. */
export class UsageBook {
  readonly #identity: AgentIdentity;
  readonly #name: string;
  readonly #counters = new CounterRun<CountName>();
  readonly #serviceCounters = new Map<string, CounterRun<'errors' | 'requests'>>();
  #takenAt: Micros | undefined;
  #isSettled = false;
  #page: Page | undefined;

  constructor(identity: AgentIdentity, name: string) {
    this.#identity = identity;
    this.#name = name;
  }

  get page(): Page | undefined {
    return this.#page;
  }

  /**
   * Whether the answer may be of a younger process than the one that has been up for so long, or at least something in
   * it began anew: a count is less than it was.
   */
  mayBeOfAnother({ counts, services }: UnifiedAnswer, upSeconds: number): boolean {
    const { services: named, oldestSeconds } = services;
    if (!this.#isSettled && oldestSeconds + youngSeconds < upSeconds) return true;
    if (this.#counters.falls(counts)) return true;
    return named.some((each) => this.#serviceCounters.get(each.name)?.falls(countsOf(each)) === true);
  }

  /** The process is the same although its services seem younger: in this agent they are. */
  settle(): void {
    this.#isSettled = true;
  }

  /** An answer that the agent had kept is no new one. */
  write(reading: Reading): void {
    const { answer, time, takenMs } = reading;
    if (answer.takenAt === this.#takenAt) return;
    this.#takenAt = answer.takenAt;
    const usage = this.#usageRow(reading);
    const { services: named } = answer.services;
    if (this.#serviceCounters.size > mostRemembered) this.#serviceCounters.clear();
    const services = named.map((service) => this.#serviceRow(service, reading));
    const rows = [usage, ...services].filter(({ values }) => Object.keys(values).length > 0);
    this.#page = { time, takenMs, rows, findings: this.#findings(answer) };
  }

  #usageRow({ answer, time, processStart }: Reading): Row {
    const counted = this.#counters.read(answer.counts, time, processStart);
    return toRow(agentUsage, { ...this.#identity, ...answer.levels, ...counted }, time);
  }

  #serviceRow(service: ServiceFigures, { time, processStart }: Reading): Row {
    const counters = this.#serviceCounters.get(service.name) ?? new CounterRun();
    this.#serviceCounters.set(service.name, counters);
    const counted = counters.read(countsOf(service), time, processStart);
    const sample = {
      ...this.#identity,
      ...service,
      errors: counted.counts.get('errors'),
      requests: counted.counts.get('requests'),
      start: counted.start,
    };
    return toRow(agentService, sample, time);
  }

  #findings({ services: { left } }: UnifiedAnswer): readonly Finding[] {
    if (left === 0) return [];
    const message = `${this.#name} names ${left} services more than are shown; see what makes so many of them`;
    return [{ kind: 'agent_services_capped', message }];
  }
}

function countsOf({ errors, requests }: ServiceFigures): ReadonlyMap<'errors' | 'requests', number> {
  const counts = new Map<'errors' | 'requests', number>();
  if (errors !== undefined) counts.set('errors', errors);
  if (requests !== undefined) counts.set('requests', requests);
  return counts;
}
