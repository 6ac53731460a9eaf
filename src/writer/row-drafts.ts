import type { AnyEntity } from '../metric/define.ts';
import type { Row, Value } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';

/** A row as it comes together from the points of a request. */
export interface RowDraft {
  readonly row: GrowingRow;
  /** Points that the row rests on. */
  points: number;
  hasInfo: boolean;
  /** Statesets, by their key, of which more than one state was said to be the current one. */
  readonly clashes: Map<string, StateClash>;
}

export interface StateClash {
  readonly metric: string;
  points: number;
}

interface GrowingRow extends Row {
  start?: Micros;
  info: Readonly<Record<string, string>>;
  readonly values: Record<string, Value>;
  readonly states: Record<string, string>;
}

/** Texts from the decoders hold no U+0000, so it can stand between them. */
const separator = '\0';

/** The rows of one request, one for each entity, time and identity. */
export class RowDrafts {
  readonly #drafts = new Map<string, RowDraft>();

  /** The row to which a point belongs; identity values are in the order of the entity's definition. */
  at(entity: AnyEntity, time: Micros, identity: readonly string[]): RowDraft {
    const key = keyOf(entity.name, time, identity);
    const known = this.#drafts.get(key);
    if (known !== undefined) return known;
    const named = Object.keys(entity.identity).map((name, index) => [name, identity[index] ?? '']);
    const row = {
      entity: entity.name,
      time,
      identity: Object.fromEntries(named),
      info: {},
      values: {},
      states: {},
    };
    const draft = { row, points: 0, hasInfo: false, clashes: new Map<string, StateClash>() };
    this.#drafts.set(key, draft);
    return draft;
  }

  all(): Iterable<RowDraft> {
    return this.#drafts.values();
  }

  pointsOf({ entity, time, identity }: Row): number {
    return this.#drafts.get(keyOf(entity, time, Object.values(identity)))?.points ?? 0;
  }
}

function keyOf(entity: string, time: Micros, identity: readonly string[]): string {
  return `${entity}${separator}${time}${separator}${identity.join(separator)}`;
}
