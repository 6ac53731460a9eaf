import type { Value } from '../../metric/row.ts';
import { DecodeFailure } from './decode-failure.ts';
import { attributesOf } from './json-attributes.ts';
import { bitsOf, doubleOf, int64FieldOf, isGiven, type JsonObject, nanosecondsOf } from './json-fields.ts';
import type { NumberPoint } from './model.ts';

export function numberPointOf(point: JsonObject): NumberPoint {
  const start = nanosecondsOf(point.startTimeUnixNano, 'startTimeUnixNano');
  const time = nanosecondsOf(point.timeUnixNano, 'timeUnixNano');
  return {
    attributes: attributesOf(point.attributes),
    start: start.micros,
    startNanos: start.nanos,
    time: time.micros,
    timeNanos: time.nanos,
    value: numberOf(point),
    flags: bitsOf(point.flags, 'flags'),
  };
}

function numberOf({ asInt, asDouble }: JsonObject): Value | undefined {
  if (!isGiven(asInt)) return isGiven(asDouble) ? doubleOf(asDouble, 'asDouble') : undefined;
  if (isGiven(asDouble)) throw new DecodeFailure('asDouble', 'a point has more than one value');
  return int64FieldOf(asInt, 'asInt');
}
