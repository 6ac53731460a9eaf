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

/** Reads the one field that an `AnyValue` has; one without any says nothing. `depth` is how deep it is in others. */
export function anyValueOf(value: JsonObject, depth: number): AttributeValue {
  if (depth > maxValueDepth) throw new DecodeFailure('value', 'attribute values nest too deep');
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (isGiven(stringValue)) return textOf(stringValue, 'stringValue');
  if (isGiven(boolValue)) return booleanOf(boolValue, 'boolValue');
  if (isGiven(intValue)) return int64FieldOf(intValue, 'intValue');
  if (isGiven(doubleValue)) return doubleOf(doubleValue, 'doubleValue');
  if (isGiven(bytesValue)) return bytesOf(bytesValue, 'bytesValue');
  if (isGiven(arrayValue)) return arrayOf(arrayValue, depth + 1);
  return isGiven(kvlistValue) ? mapOf(kvlistValue, depth + 1) : undefined;
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
