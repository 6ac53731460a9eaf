import fc from 'fast-check';

/** Any request of OTLP, as its JSON has it: 64-bit integers as text, ids in hexadecimal digits. */
export type JsonRequest = Readonly<Record<string, unknown>>;

/** Fields of which any may be left out, but those that hold all else. */
const message = <T extends Record<string, fc.Arbitrary<unknown>>>(
  fields: T,
  requiredKeys: readonly (keyof T & string)[] = [],
) => fc.record(fields, { requiredKeys: [...requiredKeys], noNullPrototype: true });

const some = (item: fc.Arbitrary<unknown>, maxLength = 3, minLength = 0) =>
  fc.array(item, { minLength, maxLength });

const atLeastOne = (item: fc.Arbitrary<unknown>) => some(item, 3, 1);

const text = fc.string({ unit: 'binary', maxLength: 8 });
const uint64 = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n)).map(String);
const int64 = fc.oneof(fc.bigInt(-300n, 300n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)).map(String);
const int32 = fc.integer();
const uint32 = fc.nat({ max: 0xffffffff });
/** As exact as our microseconds. */
const nanoseconds = fc.bigInt(0n, 9_007_199_254_740_991_999n).map(String);
/** Minus zero is not to be had in JSON. */
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.constantFrom('NaN', 'Infinity', '-Infinity'),
);
const base64 = fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const id = fc
  .oneof(
    ...[0, 7, 8, 16].map((length) => fc.uint8Array({ minLength: length, maxLength: length })),
    fc.constant(new Uint8Array(16)),
  )
  .map((bytes) => Buffer.from(bytes).toString('hex'));

const one = (kinds: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.oneof(...Object.entries(kinds).map(([kind, value]) => value.map((given) => ({ [kind]: given }))));

const { value, pair } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant({}),
    one({ stringValue: text, boolValue: fc.boolean(), intValue: int64, doubleValue: double }),
    base64.map((bytesValue) => ({ bytesValue })),
    some(tie('value')).map((values) => ({ arrayValue: { values } })),
    some(tie('pair')).map((values) => ({ kvlistValue: { values } })),
  ),
  pair: message({ key: text, value: tie('value') }),
}));
const attributes = some(pair);

const resource = message({ attributes });
const scope = message({ name: text, version: text, attributes });

const stamped = { attributes, startTimeUnixNano: nanoseconds, timeUnixNano: nanoseconds, flags: uint32 };
const numberPoint = fc
  .tuple(message(stamped), fc.oneof(fc.constant({}), one({ asDouble: double, asInt: int64 })))
  .map(([point, figure]) => ({ ...point, ...figure }));
const extremes = { sum: double, min: double, max: double };
const histogramPoint = message({
  ...stamped,
  ...extremes,
  count: uint64,
  bucketCounts: some(uint64, 6),
  explicitBounds: some(double, 6),
});
const buckets = message({ offset: int32, bucketCounts: some(uint64, 6) });
const exponentialPoint = message({
  ...stamped,
  ...extremes,
  count: uint64,
  scale: int32,
  zeroCount: uint64,
  zeroThreshold: double,
  positive: buckets,
  negative: buckets,
});
const summaryPoint = message({
  ...stamped,
  count: uint64,
  sum: double,
  quantileValues: some(message({ quantile: double, value: double })),
});

const aggregationTemporality = fc.integer({ min: -1, max: 3 });
const data = fc.oneof(
  fc.constant({}),
  one({
    gauge: message({ dataPoints: atLeastOne(numberPoint) }, ['dataPoints']),
    sum: message({ dataPoints: atLeastOne(numberPoint), aggregationTemporality, isMonotonic: fc.boolean() }, [
      'dataPoints',
    ]),
    histogram: message({ dataPoints: atLeastOne(histogramPoint), aggregationTemporality }, ['dataPoints']),
    exponentialHistogram: message({ dataPoints: atLeastOne(exponentialPoint), aggregationTemporality }, [
      'dataPoints',
    ]),
    summary: message({ dataPoints: atLeastOne(summaryPoint) }, ['dataPoints']),
  }),
);
const metric = fc
  .tuple(message({ name: text, description: text, unit: text }), data)
  .map(([head, points]) => ({ ...head, ...points }));

export const metricsRequest: fc.Arbitrary<JsonRequest> = message(
  {
    resourceMetrics: some(
      message(
        {
          resource,
          schemaUrl: text,
          scopeMetrics: atLeastOne(
            message({ scope, schemaUrl: text, metrics: atLeastOne(metric) }, ['metrics']),
          ),
        },
        ['scopeMetrics'],
      ),
      2,
    ),
  },
  ['resourceMetrics'],
);

const logRecord = message({
  timeUnixNano: nanoseconds,
  observedTimeUnixNano: nanoseconds,
  severityNumber: int32,
  severityText: text,
  eventName: text,
  body: value,
  attributes,
  flags: uint32,
  traceId: id,
  spanId: id,
});

export const logsRequest: fc.Arbitrary<JsonRequest> = message(
  {
    resourceLogs: some(
      message(
        {
          resource,
          schemaUrl: text,
          scopeLogs: some(
            message({ scope, schemaUrl: text, logRecords: atLeastOne(logRecord) }, ['logRecords']),
            2,
          ),
        },
        ['scopeLogs'],
      ),
      2,
    ),
  },
  ['resourceLogs'],
);

/** The request as an encoder of protobuf wants it: ids in base64, as bytes everywhere else. */
export function protobufForm(request: JsonRequest): JsonRequest {
  return JSON.parse(JSON.stringify(request), (name: string, given: unknown) =>
    (name === 'traceId' || name === 'spanId') && typeof given === 'string'
      ? Buffer.from(given, 'hex').toString('base64')
      : given,
  );
}
