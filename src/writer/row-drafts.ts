import type { AnyEntity } from '../metric/define.ts';
import type { Row, Value } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';

/** A row as it comes together from the points of a request. */
export interface RowDraft {
  readonly row: GrowingRow;
  /** The row's identity, in the order of the entity's definition. */
  readonly identity: readonly string[];
  /** Points that the row rests on. */
  points: number;
  hasInfo: boolean;
  /** Statesets, by their key, of which more than one point says which state is the current one. */
  readonly claims: Map<string, StateClaims>;
}

export interface StateClaims {
  readonly metric: string;
  points: number;
  /** Whether not all of them name the same state. */
  disagree: boolean;
}

interface GrowingRow extends Row {
  start?: Micros;
  info: Readonly<Record<string, string>>;
  readonly values: Record<string, Value>;
  readonly states: Record<string, string>;
}

/** Texts from the decoders hold no U+0000, so it can stand between them. */
const separator = '\0';

/** A metric lacks a few of its entity's things, and rarely more in a row. */
const guesses = 5;

/** The rows of one entity in one request, one for each time and identity. */
export class RowDrafts {
  readonly #entity: AnyEntity;
  readonly #drafts: RowDraft[] = [];
  /** Where each is among the drafts. */
  readonly #places = new Map<string, number>();
  /** Where the one is that was asked for last. */
  #last = 0;

  constructor(entity: AnyEntity) {
    this.#entity = entity;
  }

  /**
   * The row to which a point belongs; identity values are in the order of the entity's definition. Senders name their things in the same
   * order for every metric, so it most likely is the row of the point before, or one of the next.
   */
  at(time: Micros, identity: readonly string[]): RowDraft {
    let place = this.#last;
    for (let guess = 0; guess < guesses; guess += 1) {
      const draft = this.#drafts[place];
      if (draft !== undefined && isOf(draft, time, identity)) {
        this.#last = place;
        return draft;
      }
      place = place + 1 < this.#drafts.length ? place + 1 : 0;
    }
    return this.#find(time, identity);
  }

  all(): readonly RowDraft[] {
    return this.#drafts;
  }

  pointsOf({ time, identity }: Row): number {
    const place = this.#places.get(keyOf(time, Object.values(identity)));
    return place === undefined ? 0 : (this.#drafts[place]?.points ?? 0);
  }

  #find(time: Micros, identity: readonly string[]): RowDraft {
    const key = keyOf(time, identity);
    const place = this.#places.get(key) ?? this.#drafts.length;
    this.#last = place;
    const known = this.#drafts[place];
    if (known !== undefined) return known;
    const draft = draftOf(this.#entity, time, [...identity]);
    this.#drafts.push(draft);
    this.#places.set(key, place);
    return draft;
  }
}

function isOf({ row, identity: own }: RowDraft, time: Micros, identity: readonly string[]): boolean {
  // The last of an identity tells things apart best.
  for (let index = own.length - 1; index >= 0; index -= 1) if (own[index] !== identity[index]) return false;
  return row.time === time;
}

function draftOf(entity: AnyEntity, time: Micros, identity: readonly string[]): RowDraft {
  const named = Object.keys(entity.identity).map((name, index) => [name, identity[index] ?? '']);
  const row = {
    entity: entity.name,
    time,
    identity: Object.fromEntries(named),
    info: {},
    values: {},
    states: {},
  };
  return { row, identity, points: 0, hasInfo: false, claims: new Map() };
}

function keyOf(time: Micros, identity: readonly string[]): string {
  return `${time}${separator}${identity.join(separator)}`;
}
