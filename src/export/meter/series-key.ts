import type { Attributes } from '@opentelemetry/api';

const keys = new WeakMap<Attributes, string>();

/** The same text for equal attribute sets, whatever the order of their keys. */
export function seriesKey(attributes: Attributes): string {
  const known = keys.get(attributes);
  if (known !== undefined) return known;
  const names = Object.keys(attributes).sort();
  const key = JSON.stringify(names.map((name) => [name, attributes[name]]));
  // Only what cannot change may be known by its identity.
  if (Object.isFrozen(attributes)) keys.set(attributes, key);
  return key;
}
