import protobuf from 'protobufjs';

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

/** Values of several series at one time. */
const points = (type: string) => ({ dataPoints: list(1, type), aggregationTemporality: field(2, 'int32') });
/** What points of all kinds begin with. */
const stamped = { startTimeUnixNano: field(2, 'fixed64'), timeUnixNano: field(3, 'fixed64') };

const common = {
  Resource: { fields: { attributes: list(1, 'KeyValue') } },
  Scope: {
    fields: { name: field(1, 'string'), version: field(2, 'string'), attributes: list(3, 'KeyValue') },
  },
  KeyValue: { fields: { key: field(1, 'string'), value: field(2, 'AnyValue') } },
  AnyValue: {
    oneofs: {
      value: {
        oneof: [
          'stringValue',
          'boolValue',
          'intValue',
          'doubleValue',
          'arrayValue',
          'kvlistValue',
          'bytesValue',
        ],
      },
    },
    fields: {
      stringValue: field(1, 'string'),
      boolValue: field(2, 'bool'),
      intValue: field(3, 'int64'),
      doubleValue: field(4, 'double'),
      arrayValue: field(5, 'ArrayValue'),
      kvlistValue: field(6, 'KeyValueList'),
      bytesValue: field(7, 'bytes'),
    },
  },
  ArrayValue: { fields: { values: list(1, 'AnyValue') } },
  KeyValueList: { fields: { values: list(1, 'KeyValue') } },
};

const metrics = {
  MetricsRequest: { fields: { resourceMetrics: list(1, 'ResourceMetrics') } },
  ResourceMetrics: {
    fields: {
      resource: field(1, 'Resource'),
      scopeMetrics: list(2, 'ScopeMetrics'),
      schemaUrl: field(3, 'string'),
    },
  },
  ScopeMetrics: {
    fields: { scope: field(1, 'Scope'), metrics: list(2, 'Metric'), schemaUrl: field(3, 'string') },
  },
  Metric: {
    fields: {
      name: field(1, 'string'),
      description: field(2, 'string'),
      unit: field(3, 'string'),
      gauge: field(5, 'Gauge'),
      sum: field(7, 'Sum'),
      histogram: field(9, 'Histogram'),
      exponentialHistogram: field(10, 'ExponentialHistogram'),
      summary: field(11, 'Summary'),
    },
  },
  Gauge: { fields: { dataPoints: list(1, 'NumberPoint') } },
  Sum: { fields: { ...points('NumberPoint'), isMonotonic: field(3, 'bool') } },
  Histogram: { fields: points('HistogramPoint') },
  ExponentialHistogram: { fields: points('ExponentialHistogramPoint') },
  Summary: { fields: { dataPoints: list(1, 'SummaryPoint') } },
  NumberPoint: {
    oneofs: { value: { oneof: ['asDouble', 'asInt'] } },
    fields: {
      ...stamped,
      asDouble: field(4, 'double'),
      asInt: field(6, 'sfixed64'),
      attributes: list(7, 'KeyValue'),
      flags: field(8, 'uint32'),
      // None of OTLP's, as a later version may have one.
      notYetKnown: field(99, 'string'),
    },
  },
  HistogramPoint: {
    oneofs: { _sum: { oneof: ['sum'] }, _min: { oneof: ['min'] }, _max: { oneof: ['max'] } },
    fields: {
      ...stamped,
      count: field(4, 'fixed64'),
      sum: field(5, 'double'),
      bucketCounts: list(6, 'fixed64'),
      explicitBounds: list(7, 'double'),
      attributes: list(9, 'KeyValue'),
      flags: field(10, 'uint32'),
      min: field(11, 'double'),
      max: field(12, 'double'),
    },
  },
  ExponentialHistogramPoint: {
    oneofs: { _sum: { oneof: ['sum'] }, _min: { oneof: ['min'] }, _max: { oneof: ['max'] } },
    fields: {
      attributes: list(1, 'KeyValue'),
      ...stamped,
      count: field(4, 'fixed64'),
      sum: field(5, 'double'),
      scale: field(6, 'sint32'),
      zeroCount: field(7, 'fixed64'),
      positive: field(8, 'Buckets'),
      negative: field(9, 'Buckets'),
      flags: field(10, 'uint32'),
      min: field(12, 'double'),
      max: field(13, 'double'),
      zeroThreshold: field(14, 'double'),
    },
  },
  Buckets: { fields: { offset: field(1, 'sint32'), bucketCounts: list(2, 'uint64') } },
  SummaryPoint: {
    fields: {
      ...stamped,
      count: field(4, 'fixed64'),
      sum: field(5, 'double'),
      quantileValues: list(6, 'ValueAtQuantile'),
      attributes: list(7, 'KeyValue'),
      flags: field(8, 'uint32'),
    },
  },
  ValueAtQuantile: { fields: { quantile: field(1, 'double'), value: field(2, 'double') } },
};

const logs = {
  LogsRequest: { fields: { resourceLogs: list(1, 'ResourceLogs') } },
  ResourceLogs: {
    fields: {
      resource: field(1, 'Resource'),
      scopeLogs: list(2, 'ScopeLogs'),
      schemaUrl: field(3, 'string'),
    },
  },
  ScopeLogs: {
    fields: { scope: field(1, 'Scope'), logRecords: list(2, 'LogRecord'), schemaUrl: field(3, 'string') },
  },
  LogRecord: {
    fields: {
      timeUnixNano: field(1, 'fixed64'),
      severityNumber: field(2, 'int32'),
      severityText: field(3, 'string'),
      body: field(5, 'AnyValue'),
      attributes: list(6, 'KeyValue'),
      flags: field(8, 'fixed32'),
      traceId: field(9, 'bytes'),
      spanId: field(10, 'bytes'),
      observedTimeUnixNano: field(11, 'fixed64'),
      eventName: field(12, 'string'),
    },
  },
};

const answers = {
  PartialSuccess: { fields: { rejected: field(1, 'int64'), errorMessage: field(2, 'string') } },
  ExportResponse: { fields: { partialSuccess: field(1, 'PartialSuccess') } },
  Status: { fields: { code: field(1, 'int32'), message: field(2, 'string'), details: list(3, 'Any') } },
  Any: { fields: { typeUrl: field(1, 'string'), value: field(2, 'bytes') } },
  BadRequest: { fields: { fieldViolations: list(1, 'FieldViolation') } },
  FieldViolation: { fields: { field: field(1, 'string'), description: field(2, 'string') } },
};

const root = protobuf.Root.fromJSON({ nested: { ...common, ...metrics, ...logs, ...answers } });

export type MessageName = 'MetricsRequest' | 'LogsRequest' | 'ExportResponse' | 'Status' | 'BadRequest';

/** The protobuf form of what is written as OTLP/JSON; ids of traces and spans are not read from hexadecimal digits. */
export function encodeMessage(name: MessageName, json: Readonly<Record<string, unknown>>): Uint8Array {
  const type = root.lookupType(name);
  return type.encode(type.fromObject({ ...json })).finish();
}

/** A message as JSON has it, with 64-bit integers as text and bytes in base64. */
export function decodeMessage(name: MessageName, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), {
    longs: String,
    bytes: String,
  });
}
