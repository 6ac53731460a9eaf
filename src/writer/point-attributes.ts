import type { Variant } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { AnyEntity } from '../metric/define.ts';
import type { Attribute } from './otlp/model.ts';

/** A point's attributes, those of the entity's identity apart. */
export interface PointAttributes {
  /** In the order of the entity's definition. */
  readonly identity: readonly string[];
  readonly rest: ReadonlyMap<string, string>;
  /** Whether a key came twice; then the last value holds. */
  readonly repeatsKey: boolean;
}

const nothing: ReadonlyMap<string, string> = new Map();

/** Takes a point's attributes apart; everything in the typed tables is text. */
export function splitAttributes(
  identityKeys: readonly string[],
  attributes: readonly Attribute[],
): PointAttributes | RejectionReason {
  const identity = new Array<string | undefined>(identityKeys.length).fill(undefined);
  let rest: Map<string, string> | undefined;
  let repeatsKey = false;
  for (const { key, value } of attributes) {
    if (typeof value !== 'string') return 'attribute_not_text';
    const index = identityKeys.indexOf(key);
    if (index >= 0) {
      repeatsKey ||= identity[index] !== undefined;
      identity[index] = value;
    } else {
      rest ??= new Map();
      repeatsKey ||= rest.has(key);
      rest.set(key, value);
    }
  }
  if (!isComplete(identity)) return 'missing_attribute';
  return { identity, rest: rest ?? nothing, repeatsKey };
}

function isComplete(identity: readonly (string | undefined)[]): identity is readonly string[] {
  return !identity.includes(undefined);
}

/** The metric whose constant attributes are exactly these. */
export function variantOf(
  variants: readonly Variant[],
  rest: ReadonlyMap<string, string>,
): Variant | RejectionReason {
  for (const variant of variants) if (isSame(variant.with, rest)) return variant;
  const known = new Set(variants.flatMap((variant) => Object.keys(variant.with)));
  if ([...rest.keys()].some((key) => !known.has(key))) return 'extra_attribute';
  return rest.size < known.size ? 'missing_attribute' : 'wrong_attribute_value';
}

function isSame(constants: Readonly<Record<string, string>>, rest: ReadonlyMap<string, string>): boolean {
  let size = 0;
  for (const key in constants) {
    if (constants[key] !== rest.get(key)) return false;
    size += 1;
  }
  return size === rest.size;
}

/** The state that a stateset's point speaks of: its one attribute, named as the metric. */
export function stateOf(
  metric: { readonly name: string; readonly states: readonly string[] },
  rest: ReadonlyMap<string, string>,
): { readonly state: string } | RejectionReason {
  const state = rest.get(metric.name);
  if (rest.size > (state === undefined ? 0 : 1)) return 'extra_attribute';
  if (state === undefined) return 'missing_attribute';
  return metric.states.includes(state) ? { state } : 'wrong_attribute_value';
}

/** Whether every attribute is one of the entity's facts. */
export function isInfoOf(entity: AnyEntity, rest: ReadonlyMap<string, string>): boolean {
  const prefixes = Object.keys(entity.infoMaps);
  return [...rest.keys()].every(
    (key) => Object.hasOwn(entity.info, key) || prefixes.some((prefix) => key.startsWith(prefix)),
  );
}
