import { DecodeFailure, maxValueDepth } from './decode-failure.ts';
import {
  booleanOf,
  bytesOf,
  doubleOf,
  int64FieldOf,
  isGiven,
  type JsonObject,
  objectOf,
  objectsOf,
  textOf,
} from './json-fields.ts';
import type { Attribute, AttributeValue } from './model.ts';

export function attributesOf(value: unknown): readonly Attribute[] {
  return objectsOf(value, 'attributes').map((pair) => attributeOf(pair, 0));
}

function attributeOf(pair: JsonObject, depth: number): Attribute {
  const value = objectOf(pair.value, 'value');
  return {
    key: textOf(pair.key, 'key'),
    value: value === undefined ? undefined : anyValueOf(value, depth),
  };
}

type ValueReader = (given: unknown, depth: number) => AttributeValue;

/** By the field of an `AnyValue` that is given. */
const valueReaders: ReadonlyMap<string, ValueReader> = new Map<string, ValueReader>([
  ['stringValue', (given) => textOf(given, 'stringValue')],
  ['boolValue', (given) => booleanOf(given, 'boolValue')],
  ['intValue', (given) => int64FieldOf(given, 'intValue')],
  ['doubleValue', (given) => doubleOf(given, 'doubleValue')],
  ['bytesValue', (given) => bytesOf(given, 'bytesValue')],
  ['arrayValue', (given, depth) => arrayOf(given, depth + 1)],
  ['kvlistValue', (given, depth) => mapOf(given, depth + 1)],
]);

/** Reads the one field that an `AnyValue` has; one without any says nothing. `depth` is how deep it is in others. */
export function anyValueOf(value: JsonObject, depth: number): AttributeValue {
  if (depth > maxValueDepth) throw new DecodeFailure('value', 'attribute values nest too deep');
  let isRead = false;
  let found: AttributeValue;
  for (const key in value) {
    const given = value[key];
    const read = valueReaders.get(key);
    if (read === undefined || !isGiven(given)) continue;
    if (isRead) throw new DecodeFailure(key, 'an attribute value is of more than one kind');
    isRead = true;
    found = read(given, depth);
  }
  return found;
}

function arrayOf(value: unknown, depth: number): readonly AttributeValue[] {
  const values = objectsOf(objectOf(value, 'arrayValue')?.values, 'values');
  return values.map((item) => anyValueOf(item, depth));
}

function mapOf(value: unknown, depth: number): ReadonlyMap<string, AttributeValue> {
  const pairs = objectsOf(objectOf(value, 'kvlistValue')?.values, 'values').map((pair) =>
    attributeOf(pair, depth),
  );
  return new Map(pairs.map((pair) => [pair.key, pair.value]));
}
