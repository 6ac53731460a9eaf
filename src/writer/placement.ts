import type { Variant } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { AnyEntity, NumberMetric, StatesetMetric } from '../metric/define.ts';
import type { NumberPoint } from './otlp/model.ts';
import { choiceOf, isInfoOf, stateOf, type TextAttribute, variantOf } from './point-attributes.ts';
import type { RowDraft } from './row-drafts.ts';
import { figureOf, truthOf } from './validate.ts';

/** A point's attributes without those of the identity. */
type Rest = readonly TextAttribute[];

/** Puts one point of a metric into its row, or says why it cannot be there. */
export type Place = (draft: RowDraft, point: NumberPoint, rest: Rest) => RejectionReason | undefined;

/** The info metric: a 1 that carries an entity's facts as attributes. */
export function placeInfo(entity: AnyEntity): Place {
  return (draft, { value }, rest) => {
    const truth = truthOf(value);
    if (truth !== true) return truth === false ? 'value_not_allowed' : truth;
    if (!isInfoOf(entity, rest)) return 'extra_attribute';
    if (draft.hasInfo && !isSame(draft.row.info, rest)) return 'contradiction';
    draft.hasInfo = true;
    draft.row.info = Object.fromEntries(rest.map(({ key, value: text }) => [key, text]));
    return undefined;
  };
}

function isSame(known: Readonly<Record<string, string>>, rest: Rest): boolean {
  return Object.keys(known).length === rest.length && rest.every(({ key, value }) => known[key] === value);
}

/** A stateset: the state whose point is 1 is the current one; when all are 0 there is none. */
export function placeState(key: string, metric: StatesetMetric<never>): Place {
  return ({ row, claims }, { value }, rest) => {
    const found = stateOf(metric, rest);
    if (typeof found === 'string') return found;
    const truth = truthOf(value);
    if (typeof truth === 'string') return truth;
    if (!truth) return undefined;
    const known = row.states[key];
    if (known === undefined) {
      row.states[key] = found.state;
      return undefined;
    }
    const all = claims.get(key) ?? { metric: metric.name, points: 1, disagree: false };
    all.points += 1;
    all.disagree ||= known !== found.state;
    claims.set(key, all);
    return undefined;
  };
}

/** A figure; counters bring the time at which they began to count. */
export function placeFigure(entity: AnyEntity, variants: readonly Variant[]): Place {
  const keepsStart = entity.start !== undefined;
  const choices = variants.map(choiceOf);
  return ({ row }, point, rest) => {
    const variant = variantOf(choices, rest);
    if (typeof variant === 'string') return variant;
    const { key, metric } = variant;
    if (metric.kind === 'stateset') return 'wrong_kind';
    const figure = figureOf(metric, point.value);
    if (typeof figure === 'string') return figure;
    const known = row.values[key];
    if (known !== undefined && known !== figure) return 'contradiction';
    row.values[key] = figure;
    if (keepsStart && bringsStart(metric, point)) row.start = Math.min(row.start ?? point.start, point.start);
    return undefined;
  };
}

/** By how much the clock of what counts may be ahead of the one that the point has its time from; in microseconds. */
const clocksApart = 5 * 60 * 1_000_000;

/** A start that is not known is sent as 0, or as a time that has not come yet. */
function bringsStart({ kind }: NumberMetric<never>, { start, time }: NumberPoint): boolean {
  return kind === 'counter' && start !== 0 && start <= time + clocksApart;
}
