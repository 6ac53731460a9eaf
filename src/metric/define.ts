import type { Micros } from './time.ts';

/** UCUM units in use. An annotation in braces names what is counted; the empty unit is for codes and yes-or-no figures. */
export type Unit = '' | 's' | 'By' | 'g' | 'J' | `{${string}}`;

export type NumberKind = 'counter' | 'updowncounter' | 'gauge';

interface MetricBase {
  /** OpenTelemetry name: dotted, singular, without its unit. */
  readonly name: string;
  /** One sentence for HELP lines, the reference and column comments; ends with a full stop. */
  readonly brief: string;
}

/** A figure. Several metrics of one entity may share a name when their constant attributes differ. */
export interface NumberMetric<S> extends MetricBase {
  readonly kind: NumberKind;
  readonly unit: Unit;
  readonly value: 'int' | 'double';
  /** Constant attributes of this metric's point, e.g. the direction of network traffic. */
  readonly with?: Readonly<Record<string, string>>;
  /** `undefined` means not known and yields no point; never put 0 in its place. */
  readonly read: (sample: S) => number | undefined;
}

/** One of a closed set of states: one text column, one point per state (1 or 0), told apart by an attribute named as the metric. */
export interface StatesetMetric<S> extends MetricBase {
  readonly kind: 'stateset';
  readonly states: readonly string[];
  readonly read: (sample: S) => string | undefined;
}

export type Metric<S> = NumberMetric<S> | StatesetMetric<S>;

/** Identity attributes always have a value: without one there is nothing to speak of. */
export interface IdentityAttribute<S> {
  readonly brief: string;
  readonly read: (sample: S) => string;
}

export interface InfoAttribute<S> {
  readonly brief: string;
  readonly read: (sample: S) => string | undefined;
}

/** Info attributes whose names are known only at run time, such as container labels; the key in `infoMaps` is their prefix. */
export interface InfoMap<S> {
  readonly brief: string;
  /** The one column that holds them all, as jsonb. */
  readonly column: string;
  readonly read: (sample: S) => Readonly<Record<string, string>>;
}

/** A kind of thing that is watched: what it is called, what is known of it, and how each is read from a sample `S`. */
export interface Entity<S> {
  readonly name: string;
  readonly brief: string;
  /** On every point; with time, the key of the table. Bounded, and stable for the life of the thing. */
  readonly identity: Readonly<Record<string, IdentityAttribute<S>>>;
  /** May change: carried by the info metric alone, so that a change breaks no other series. */
  readonly info: Readonly<Record<string, InfoAttribute<S>>>;
  readonly infoMaps: Readonly<Record<string, InfoMap<S>>>;
  readonly metrics: Readonly<Record<string, Metric<S>>>;
  /** When the counters of this thing began to count, if known. */
  readonly start?: (sample: S) => Micros | undefined;
  /** False for what is only shown on `/metrics` and never pushed or stored. */
  readonly stored: boolean;
}

/** An entity seen from outside its collector: its `read` functions cannot be called. */
export type AnyEntity = Entity<never>;
export type AnyMetric = Metric<never>;

type EntitySpec<S> = Omit<Entity<S>, 'info' | 'infoMaps' | 'stored'> &
  Partial<Pick<Entity<S>, 'info' | 'infoMaps' | 'stored'>>;

/** The words to define an entity whose samples are `S`: `const { entity, counter, gauge } = entityOf<Sample>()`. */
export function entityOf<S>() {
  type Figure = Omit<NumberMetric<S>, 'kind'>;
  return {
    entity: <const E extends EntitySpec<S>>(spec: E) => ({ info: {}, infoMaps: {}, stored: true, ...spec }),
    counter: (figure: Figure): NumberMetric<S> => ({ kind: 'counter', ...figure }),
    updowncounter: (figure: Figure): NumberMetric<S> => ({ kind: 'updowncounter', ...figure }),
    gauge: (figure: Figure): NumberMetric<S> => ({ kind: 'gauge', ...figure }),
    stateset: <const States extends readonly string[]>(
      set: MetricBase & { readonly states: States; readonly read: (sample: S) => States[number] | undefined },
    ): StatesetMetric<S> => ({ kind: 'stateset', ...set }),
  };
}
