import type { Variant } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { AnyEntity } from '../metric/define.ts';
import type { Attribute } from './otlp/model.ts';

/** Everything in the typed tables is text. */
export interface TextAttribute {
  readonly key: string;
  readonly value: string;
}

const nothing: readonly TextAttribute[] = [];

/** Takes the attributes of one point after the other apart. What it holds is of the last one, and changes with the next. */
export class AttributeSplit {
  /** The values of the entity's identity, in the order of its definition. */
  readonly identity: string[];
  /** Whether a key came twice; then the last value holds. */
  repeatsKey = false;
  /** The attributes that are none of the identity, none of them twice; never changed later. */
  rest: readonly TextAttribute[] = nothing;
  readonly #identityKeys: readonly string[];

  constructor(identityKeys: readonly string[]) {
    this.#identityKeys = identityKeys;
    this.identity = identityKeys.map(() => '');
  }

  /** Says why the point is none of the entity's, if so. */
  take(attributes: readonly Attribute[]): RejectionReason | undefined {
    this.repeatsKey = false;
    let rest: TextAttribute[] | undefined;
    /** A bit for each that was found. */
    let found = 0;
    for (const attribute of attributes) {
      if (!isText(attribute)) return 'attribute_not_text';
      const index = this.#identityKeys.indexOf(attribute.key);
      if (index >= 0) {
        const bit = 1 << index;
        if ((found & bit) !== 0) this.repeatsKey = true;
        found |= bit;
        this.identity[index] = attribute.value;
      } else if (rest === undefined) rest = [attribute];
      else rest.push(attribute);
    }
    this.rest = rest === undefined ? nothing : this.#withoutRepeats(rest);
    return found === (1 << this.identity.length) - 1 ? undefined : 'missing_attribute';
  }

  #withoutRepeats(rest: readonly TextAttribute[]): readonly TextAttribute[] {
    if (rest.length === 1) return rest;
    const byKey = new Map(rest.map((attribute) => [attribute.key, attribute]));
    if (byKey.size === rest.length) return rest;
    this.repeatsKey = true;
    return [...byKey.values()];
  }
}

function isText(attribute: Attribute): attribute is TextAttribute {
  return typeof attribute.value === 'string';
}

/** One of the metrics of a name. */
export interface Choice {
  readonly variant: Variant;
  /** What tells it from the others. */
  readonly constants: readonly TextAttribute[];
}

export function choiceOf(variant: Variant): Choice {
  return { variant, constants: Object.entries(variant.with).map(([key, value]) => ({ key, value })) };
}

/** The metric whose constant attributes are exactly these. */
export function variantOf(
  choices: readonly Choice[],
  rest: readonly TextAttribute[],
): Variant | RejectionReason {
  for (const { variant, constants } of choices) if (isSame(constants, rest)) return variant;
  const known = new Set(choices.flatMap(({ constants }) => constants.map(({ key }) => key)));
  if (rest.some(({ key }) => !known.has(key))) return 'extra_attribute';
  return rest.length < known.size ? 'missing_attribute' : 'wrong_attribute_value';
}

/** Neither list names a key twice. */
function isSame(constants: readonly TextAttribute[], rest: readonly TextAttribute[]): boolean {
  if (constants.length !== rest.length) return false;
  return rest.every(({ key, value }) => constants.some((own) => own.key === key && own.value === value));
}

/** The state that a stateset's point speaks of: its one attribute, named as the metric. */
export function stateOf(
  metric: { readonly name: string; readonly states: readonly string[] },
  rest: readonly TextAttribute[],
): { readonly state: string } | RejectionReason {
  const attribute = rest.find(({ key }) => key === metric.name);
  if (rest.length > (attribute === undefined ? 0 : 1)) return 'extra_attribute';
  if (attribute === undefined) return 'missing_attribute';
  const { value: state } = attribute;
  return metric.states.includes(state) ? { state } : 'wrong_attribute_value';
}

/** Whether every attribute is one of the entity's facts. */
export function isInfoOf(entity: AnyEntity, rest: readonly TextAttribute[]): boolean {
  const prefixes = Object.keys(entity.infoMaps);
  return rest.every(
    ({ key }) => Object.hasOwn(entity.info, key) || prefixes.some((prefix) => key.startsWith(prefix)),
  );
}
