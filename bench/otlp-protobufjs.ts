import protobuf from 'protobufjs';
import { z } from 'zod';

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

/** The messages of OTLP that a request of gauges and sums is made of. */
const otlp = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { resourceMetrics: list(1, 'ResourceMetrics') } },
    ResourceMetrics: {
      fields: {
        resource: field(1, 'Resource'),
        scopeMetrics: list(2, 'ScopeMetrics'),
        schemaUrl: field(3, 'string'),
      },
    },
    Resource: { fields: { attributes: list(1, 'KeyValue') } },
    ScopeMetrics: {
      fields: { scope: field(1, 'Scope'), metrics: list(2, 'Metric'), schemaUrl: field(3, 'string') },
    },
    Scope: {
      fields: { name: field(1, 'string'), version: field(2, 'string'), attributes: list(3, 'KeyValue') },
    },
    Metric: {
      fields: {
        name: field(1, 'string'),
        description: field(2, 'string'),
        unit: field(3, 'string'),
        gauge: field(5, 'Gauge'),
        sum: field(7, 'Sum'),
      },
    },
    Gauge: { fields: { dataPoints: list(1, 'Point') } },
    Sum: {
      fields: {
        dataPoints: list(1, 'Point'),
        aggregationTemporality: field(2, 'int32'),
        isMonotonic: field(3, 'bool'),
      },
    },
    Point: {
      fields: {
        startTimeUnixNano: field(2, 'fixed64'),
        timeUnixNano: field(3, 'fixed64'),
        asDouble: field(4, 'double'),
        asInt: field(6, 'sfixed64'),
        attributes: list(7, 'KeyValue'),
        flags: field(8, 'uint32'),
      },
    },
    KeyValue: { fields: { key: field(1, 'string'), value: field(2, 'AnyValue') } },
    AnyValue: {
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
  },
});

const requestType = otlp.lookupType('Request');

/** Decodes a request as decoders made by protobufjs do. */
export function decodeWithProtobufjs(bytes: Uint8Array): protobuf.Message {
  return requestType.decode(bytes);
}

const points = z.array(z.unknown()).default([]);
const decoded = z.object({
  resourceMetrics: z.array(
    z.object({
      scopeMetrics: z.array(
        z.object({
          metrics: z.array(
            z.object({
              gauge: z.object({ dataPoints: points }).nullish(),
              sum: z.object({ dataPoints: points }).nullish(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** How many points a request has that protobufjs has decoded. */
export function countDecodedPoints(request: protobuf.Message): number {
  const { resourceMetrics } = decoded.parse(requestType.toObject(request));
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .reduce((sum, { gauge, sum: total }) => sum + ((gauge ?? total)?.dataPoints.length ?? 0), 0);
}
