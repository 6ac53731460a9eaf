import { idText, spanIdBytes, traceIdBytes } from './id-text.ts';
import { anyValueOf, attributesOf } from './json-attributes.ts';
import { envelopesOf, type JsonSignal } from './json-envelope.ts';
import { bitsOf, enumOf, type JsonObject, nanosecondsOf, objectOf, textOf } from './json-fields.ts';
import type { LogRecord, LogsRequest } from './model.ts';

/** Reads the JSON form of an `ExportLogsServiceRequest`. */
export function logsRequestOf(body: JsonObject): LogsRequest {
  return envelopesOf(body, logsSignal);
}

const logsSignal = {
  keys: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
  itemOf: logRecordOf,
  scoped: (scope, schemaUrl, records) => ({ scope, schemaUrl, records }),
} satisfies JsonSignal<LogRecord, unknown>;

function logRecordOf(record: JsonObject): LogRecord {
  const time = nanosecondsOf(record.timeUnixNano, 'timeUnixNano');
  const body = objectOf(record.body, 'body');
  return {
    time: time.micros,
    timeNanos: time.nanos,
    observedTime: nanosecondsOf(record.observedTimeUnixNano, 'observedTimeUnixNano').micros,
    severityNumber: enumOf(record.severityNumber, 'severityNumber'),
    severityText: textOf(record.severityText, 'severityText'),
    eventName: textOf(record.eventName, 'eventName'),
    body: body === undefined ? undefined : anyValueOf(body, 0),
    attributes: attributesOf(record.attributes),
    traceId: idText(textOf(record.traceId, 'traceId'), traceIdBytes),
    spanId: idText(textOf(record.spanId, 'spanId'), spanIdBytes),
    flags: bitsOf(record.flags, 'flags'),
  };
}
