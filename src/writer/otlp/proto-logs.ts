import type { Steps } from '../../runtime/steps.ts';
import { microsOf, nanosOf } from './exact-integer.ts';
import { idText, spanIdBytes, traceIdBytes } from './id-text.ts';
import type { Attribute, LogRecord, LogsRequest } from './model.ts';
import { type AttributeReader, readAnyValue } from './proto-attributes.ts';
import { type ProtoSignal, readEnvelopes, readFields } from './proto-envelope.ts';
import type { ProtoReader } from './proto-reader.ts';

/** Reads an `ExportLogsServiceRequest`; throws a DecodeFailure for what is none. */
export function* readLogsRequest(bytes: Uint8Array, maxItems: number): Steps<LogsRequest> {
  return { resources: yield* readEnvelopes(bytes, maxItems, logsSignal) };
}

const logsSignal = {
  readItem: readLogRecord,
  scoped: (scope, schemaUrl, records) => ({ scope, schemaUrl, records }),
} satisfies ProtoSignal<LogRecord, unknown>;

type RecordDraft = { -readonly [Key in keyof LogRecord]: LogRecord[Key] };

function* readLogRecord(reader: ProtoReader, attributeReader: AttributeReader): Steps<LogRecord> {
  const attributes: Attribute[] = [];
  const record: RecordDraft = {
    time: 0,
    timeNanos: 0,
    observedTime: 0,
    severityNumber: 0,
    severityText: '',
    eventName: '',
    body: undefined,
    attributes,
    traceId: '',
    spanId: '',
    flags: 0,
  };
  readFields(reader, reader.item(), (tag) => {
    if (tag === 50) attributes.push(attributeReader.read());
    else readField(reader, tag, record);
  });
  if (reader.isStepDone()) yield;
  return record;
}

function readField(reader: ProtoReader, tag: number, record: RecordDraft): void {
  if (tag === 9) {
    reader.fixed64();
    record.time = microsOf(reader.high, reader.low);
    record.timeNanos = nanosOf(reader.high, reader.low);
  } else if (tag === 16) record.severityNumber = reader.uint32() | 0;
  else if (tag === 26) record.severityText = reader.text();
  else if (tag === 42) record.body = readAnyValue(reader, reader.end(), 0) ?? record.body;
  else if (tag === 69) record.flags = reader.fixed32();
  else if (tag === 74) record.traceId = idText(reader.hex(), traceIdBytes);
  else if (tag === 82) record.spanId = idText(reader.hex(), spanIdBytes);
  else if (tag === 89) {
    reader.fixed64();
    record.observedTime = microsOf(reader.high, reader.low);
  } else if (tag === 98) record.eventName = reader.text();
  else reader.skip(tag);
}
