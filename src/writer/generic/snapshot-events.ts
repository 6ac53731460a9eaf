import type { SnapshotEvent } from '../../db/generic/ports.ts';
import type { Attribute, AttributeValue, LogRecord, LogsRequest } from '../otlp/model.ts';
import type { Rejections } from '../rejections.ts';
import { checkTime, type TimeWindow } from '../validate.ts';
import { CanonicalTexts } from './canonical-text.ts';

/** The event that tells of a snapshot. */
export const eventName = 'ciris.telemetry.snapshot';
const instanceKey = 'service.instance.id';
const prefix = 'ciris.snapshot.';

/** The snapshots that log records tell of; all other records are counted as rejected. */
export function snapshotEventsOf(
  request: LogsRequest,
  window: TimeWindow,
  rejections: Rejections,
): readonly SnapshotEvent[] {
  const events: SnapshotEvent[] = [];
  for (const { attributes, scopes } of request.resources) {
    const resourceInstance = attributes.findLast(({ key }) => key === instanceKey)?.value;
    for (const record of scopes.flatMap(({ records }) => records)) {
      const name = record.eventName;
      const time = record.time === 0 ? record.observedTime : record.time;
      const untimely = checkTime(time, window);
      if (name !== eventName) rejections.add(name || 'a log record without a name', 'unknown_event');
      else if (untimely !== undefined) rejections.add(name, untimely);
      else {
        const event = eventOf(record, time, resourceInstance);
        if ('lacks' in event) rejections.add(name, 'event_invalid', 1, event.lacks);
        else events.push(event);
      }
    }
  }
  return events;
}

/** The attribute that is missing or cannot be read. */
interface Invalid {
  readonly lacks: string;
}

function eventOf(
  { attributes }: LogRecord,
  time: number,
  resourceInstance: AttributeValue,
): SnapshotEvent | Invalid {
  const fields = new Fields(attributes);
  const instance = fields.read(instanceKey, textOf) ?? textOf(resourceInstance);
  const id = fields.read(`${prefix}id`, uuidOf);
  const known = {
    sequence: fields.read(`${prefix}sequence`, countOf),
    duration: fields.read(`${prefix}duration`, secondsOf),
    rows: fields.read(`${prefix}rows`, countOf),
    problems: fields.read(`${prefix}problems`, countOf),
    digest: fields.read(`${prefix}digest`, digestOf),
    previousDigest: fields.read(`${prefix}previous_digest`, digestOf),
    signature: fields.read(`${prefix}signature`, textOf),
  };
  if (fields.unreadable !== undefined) return { lacks: fields.unreadable };
  if (instance === undefined) return { lacks: instanceKey };
  if (id === undefined) return { lacks: `${prefix}id` };
  return { time, instance, id, ...known, attributes: fields.rest() };
}

/** A record's attributes, from which the known ones are taken one by one; of one that came twice the last value. */
class Fields {
  readonly #left: Map<string, Attribute>;
  #unreadable: string | undefined;

  constructor(attributes: readonly Attribute[]) {
    this.#left = new Map(attributes.map((attribute) => [attribute.key, attribute]));
  }

  /** The first attribute that was there but could not be read. */
  get unreadable(): string | undefined {
    return this.#unreadable;
  }

  /** Undefined where the attribute has no value. */
  read<T>(key: string, parse: (value: AttributeValue) => T | undefined): T | undefined {
    const value = this.#left.get(key)?.value;
    this.#left.delete(key);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed === undefined) this.#unreadable ??= key;
    return parsed;
  }

  /** What was not read, as a JSON object. */
  rest(): string {
    return new CanonicalTexts().of([...this.#left.values()]).document;
  }
}

function textOf(value: AttributeValue): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function uuidOf(value: AttributeValue): string | undefined {
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : undefined;
}

function countOf(value: AttributeValue): number | bigint | undefined {
  if (typeof value === 'bigint') return value >= 0n ? value : undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function secondsOf(value: AttributeValue): number | undefined {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}

const sha256Bytes = 32;

/** SHA-256, as bytes or as hexadecimal digits. */
function digestOf(value: AttributeValue): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value.byteLength === sha256Bytes ? value : undefined;
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : undefined;
}
