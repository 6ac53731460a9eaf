import { entityOf, type NumberMetric } from '../metric/define.ts';
import type { Micros } from '../metric/time.ts';
import { rejectionReasons } from './rejection-reasons.ts';

/** Where what is received goes: the tables of the catalog, those for all other points, that of events. */
export type WriterDestination = 'typed' | 'generic' | 'events';

/** What came for one destination since the start, what became of it, and what waits now. */
export interface DestinationFigures {
  /** Points or log records. */
  readonly received: number;
  /** Rows. */
  readonly inserted: number;
  readonly completed: number;
  readonly duplicates: number;
  readonly transactions: number;
  /** Requests that wait or are being stored, and the bytes that they came in. */
  readonly requests: number;
  readonly bytes: number;
}

/** What a writer has done since it was started, and how it stands. */
export interface WriterSample {
  readonly instance: string;
  readonly version: string;
  readonly processStart: Micros;
  /** By status: requests, and the time that they took together. */
  readonly answers: ReadonlyMap<number, { readonly requests: number; readonly seconds: number }>;
  readonly unanswered: number;
  readonly broken: number;
  readonly active: { readonly requests: number; readonly bytes: number };
  readonly destinations: Readonly<Record<WriterDestination, DestinationFigures | undefined>>;
  /** By reason; one that has not occurred has no entry. */
  readonly rejected: ReadonlyMap<string, number>;
  readonly strangers: number;
  readonly repeatedKeys: number;
  readonly connections:
    | { readonly total: number; readonly idle: number; readonly waiting: number }
    | undefined;
}

const { entity, counter, updowncounter } = entityOf<WriterSample>();

type Figure = NumberMetric<WriterSample>;
type Figures = Readonly<Record<string, Figure>>;

/** Every status that a sender can be answered with. */
const statuses = [200, 400, 401, 403, 404, 405, 413, 415, 500, 503];

function byStatus(prefix: string, figure: (status: number) => Figure): Figures {
  return Object.fromEntries(statuses.map((status) => [`${prefix}${status}`, figure(status)]));
}

const answered = byStatus('requests', (status) =>
  counter({
    name: 'ciris.writer.requests',
    with: { 'http.response.status_code': String(status) },
    unit: '{request}',
    value: 'int',
    brief: 'Requests of senders that were answered, by status.',
    read: (w) => w.answers.get(status)?.requests ?? 0,
  }),
);

const time = byStatus('requestsTime', (status) =>
  counter({
    name: 'ciris.writer.requests.time',
    with: { 'http.response.status_code': String(status) },
    unit: 's',
    value: 'double',
    brief: 'Time from the headers of a request to the end of its answer, of all that were answered together.',
    read: (w) => w.answers.get(status)?.seconds ?? 0,
  }),
);

const rejected: Figures = Object.fromEntries(
  Object.keys(rejectionReasons).map((reason) => [
    `rejected_${reason}`,
    counter({
      name: 'ciris.writer.points.rejected',
      with: { 'error.type': reason },
      unit: '{point}',
      value: 'int',
      brief: 'Points and log records that can never be stored, by reason.',
      read: (w) => w.rejected.get(reason) ?? 0,
    }),
  ]),
);

const destinations = ['typed', 'generic', 'events'] as const;
const to = (destination: WriterDestination) => ({ 'ciris.writer.destination': destination });

function byDestination(key: string, figure: (destination: WriterDestination) => Figure): Figures {
  return Object.fromEntries(
    destinations.map((destination) => [`${key}_${destination}`, figure(destination)]),
  );
}

const received = byDestination('points', (destination) =>
  counter({
    name: 'ciris.writer.points',
    with: to(destination),
    unit: '{point}',
    value: 'int',
    brief:
      'Points and log records received, repeats and rejected ones included, by the tables that they are for.',
    read: (w) => w.destinations[destination]?.received,
  }),
);

const outcomes = { inserted: 'inserted', completed: 'completed', duplicate: 'duplicates' } as const;

function rows(outcome: keyof typeof outcomes): Figures {
  return byDestination(`rows_${outcome}`, (destination) =>
    counter({
      name: 'ciris.writer.rows',
      with: { ...to(destination), 'ciris.writer.outcome': outcome },
      unit: '{row}',
      value: 'int',
      brief:
        'Rows committed: new ones, known ones that got columns they lacked, and repeats, which change nothing.',
      read: (w) => w.destinations[destination]?.[outcomes[outcome]],
    }),
  );
}

const transactions = byDestination('transactions', (destination) =>
  counter({
    name: 'ciris.writer.transactions',
    with: to(destination),
    unit: '{transaction}',
    value: 'int',
    brief:
      'Transactions in which rows were to be stored, each counted once however often it was tried; requests that wait share the next one.',
    read: (w) => w.destinations[destination]?.transactions,
  }),
);

const queue = {
  ...byDestination('queueRequests', (destination) =>
    updowncounter({
      name: 'ciris.writer.queue.requests',
      with: to(destination),
      unit: '{request}',
      value: 'int',
      brief: 'Requests that wait for the database or are being stored.',
      read: (w) => w.destinations[destination]?.requests,
    }),
  ),
  ...byDestination('queueSize', (destination) =>
    updowncounter({
      name: 'ciris.writer.queue.size',
      with: to(destination),
      unit: 'By',
      value: 'int',
      brief: 'Size of the decompressed bodies of those requests.',
      read: (w) => w.destinations[destination]?.bytes,
    }),
  ),
};

const connections = (state: 'idle' | 'used') =>
  updowncounter({
    name: 'ciris.writer.database.connections',
    with: { 'ciris.writer.connection.state': state },
    unit: '{connection}',
    value: 'int',
    brief: 'Connections to the database.',
    read: ({ connections: all }) =>
      all === undefined ? undefined : state === 'idle' ? all.idle : all.total - all.idle,
  });

/** A writer: what it received, and what became of that. Shown on its own `/metrics`. */
export const writer = entity({
  name: 'writer',
  brief: 'A writer, on its own /metrics: what it received, and what became of that.',
  stored: false,
  identity: { 'service.instance.id': { brief: 'The writer that says so.', read: (w) => w.instance } },
  info: { 'service.version': { brief: 'Version of ciris-telemetry.', read: (w) => w.version } },
  start: (w) => w.processStart,
  metrics: {
    ...answered,
    ...time,
    unanswered: counter({
      name: 'ciris.writer.requests.unanswered',
      unit: '{request}',
      value: 'int',
      brief: 'Requests whose sender was gone before it was answered.',
      read: (w) => w.unanswered,
    }),
    broken: counter({
      name: 'ciris.writer.connections.broken',
      unit: '{connection}',
      value: 'int',
      brief:
        'Connections that were answered 400, 431 or 503 and closed, because what came was no HTTP request, or not in time.',
      read: (w) => w.broken,
    }),
    requestsActive: updowncounter({
      name: 'ciris.writer.requests.active',
      unit: '{request}',
      value: 'int',
      brief: 'Requests that are being read or stored.',
      read: (w) => w.active.requests,
    }),
    requestsSize: updowncounter({
      name: 'ciris.writer.requests.size',
      unit: 'By',
      value: 'int',
      brief: 'Memory that the bodies of those requests take.',
      read: (w) => w.active.bytes,
    }),
    ...received,
    ...rejected,
    strangers: counter({
      name: 'ciris.writer.points.strange',
      unit: '{point}',
      value: 'int',
      brief:
        'Points kept with those that the catalog does not know, though it knows their name: with another unit, kind or attributes.',
      read: (w) => w.strangers,
    }),
    repeatedKeys: counter({
      name: 'ciris.writer.repeated_keys',
      unit: '{list}',
      value: 'int',
      brief: 'Lists of attributes that named one twice; its last value was taken.',
      read: (w) => w.repeatedKeys,
    }),
    ...rows('inserted'),
    ...rows('completed'),
    ...rows('duplicate'),
    ...transactions,
    ...queue,
    connectionsIdle: connections('idle'),
    connectionsUsed: connections('used'),
    connectionsWaiting: updowncounter({
      name: 'ciris.writer.database.waiting',
      unit: '{request}',
      value: 'int',
      brief: 'Transactions that wait for a connection to the database.',
      read: (w) => w.connections?.waiting,
    }),
  },
});
