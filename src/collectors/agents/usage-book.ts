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
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
}

/** An answer, and when its figures were taken by our clock. */
export interface TimedAnswer {
  readonly answer: UnifiedAnswer;
  readonly time: Micros;
}

interface Reading extends TimedAnswer {
  readonly processStart: Micros | undefined;
}

/** An agent keeps its answer for half a minute; what seems much older was stamped by a clock that was set. */
const longestAge: Micros = 300e6;

/** When the figures were taken, by our clock and never later than that; undefined when that cannot be known. */
function takenAtOurs({ takenAt, sentAt }: UnifiedAnswer, receivedMs: number): Micros | undefined {
  const received = microsFromMs(receivedMs);
  const age = (sentAt ?? received) - takenAt;
  return age >= 0 && age <= longestAge ? received - age : undefined;
}

/** Undefined when it is no such answer, or when its figures were taken cannot be known. */
export function readTimedAnswer(
  body: unknown,
  receivedMs: number,
  mostServices: number,
): TimedAnswer | undefined {
  const answer = readUnifiedAnswer(body, mostServices);
  const time = answer && takenAtOurs(answer, receivedMs);
  return answer === undefined || time === undefined ? undefined : { answer, time };
}

/** The figures that one process of an agent has given. */
export class UsageBook {
  readonly #identity: AgentIdentity;
  readonly #name: string;
  readonly #counters = new CounterRun<CountName>();
  #serviceCounters: ReadonlyMap<string, CounterRun<'errors' | 'requests'>> = new Map();
  #takenAt: Micros | undefined;
  #page: Page | undefined;

  constructor(identity: AgentIdentity, name: string) {
    this.#identity = identity;
    this.#name = name;
  }

  get page(): Page | undefined {
    return this.#page;
  }

  /** An answer that the agent had kept is no new one. */
  write(reading: Reading): void {
    const { answer, time } = reading;
    if (answer.takenAt === this.#takenAt) return;
    this.#takenAt = answer.takenAt;
    const usage = this.#usageRow(reading);
    const { services: named } = answer.services;
    this.#serviceCounters = new Map(
      named.map(({ name }) => [name, this.#serviceCounters.get(name) ?? new CounterRun()]),
    );
    const services = named.map((service) => this.#serviceRow(service, reading));
    const rows = [usage, ...services].filter(({ values }) => Object.keys(values).length > 0);
    this.#page = { time, rows, findings: this.#findings(answer) };
  }

  #usageRow({ answer, time, processStart }: Reading): Row {
    const counted = this.#counters.read(answer.counts, time, processStart);
    return toRow(agentUsage, { ...this.#identity, ...answer.levels, ...counted }, time);
  }

  #serviceRow(service: ServiceFigures, { time, processStart }: Reading): Row {
    const counted = this.#serviceCounters.get(service.name)?.read(countsOf(service), time, processStart);
    const sample = {
      ...this.#identity,
      ...service,
      errors: counted?.counts.get('errors'),
      requests: counted?.counts.get('requests'),
      start: counted?.start,
    };
    return toRow(agentService, sample, time);
  }

  #findings({ services: { left } }: UnifiedAnswer): readonly Finding[] {
    if (left === 0) return [];
    const message = `${this.#name} names ${left} services more than are shown; raise maxServices to see them`;
    return [{ kind: 'agent_services_capped', message }];
  }
}

function countsOf({ errors, requests }: ServiceFigures): ReadonlyMap<'errors' | 'requests', number> {
  const counts = new Map<'errors' | 'requests', number>();
  if (errors !== undefined) counts.set('errors', errors);
  if (requests !== undefined) counts.set('requests', requests);
  return counts;
}
