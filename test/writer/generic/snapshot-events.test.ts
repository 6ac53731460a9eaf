import { describe, expect, it } from 'vitest';
import type { SnapshotEvent } from '../../../src/db/generic/ports.ts';
import { snapshotEventsOf } from '../../../src/writer/generic/snapshot-events.ts';
import { Rejections } from '../../../src/writer/rejections.ts';
import { noon } from '../../support/sample-series.ts';
import { decodeJsonLogs, requestIn } from '../support/decoded.ts';
import { aroundNoon, noonNanos } from '../support/generic-request.ts';

const id = '019cbb5e-7a00-7000-8000-00000000000a';
const digest = 'ab'.repeat(32);

const attributesOf = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

const known = {
  'service.instance.id': { stringValue: 'exporter-1' },
  'ciris.snapshot.id': { stringValue: id.toUpperCase() },
  'ciris.snapshot.sequence': { intValue: '7' },
  'ciris.snapshot.duration': { doubleValue: 0.25 },
  'ciris.snapshot.rows': { intValue: 120 },
  'ciris.snapshot.problems': { intValue: 0 },
  'ciris.snapshot.digest': { stringValue: digest },
  'ciris.snapshot.previous_digest': { bytesValue: Buffer.alloc(32, 1).toString('base64') },
  'ciris.snapshot.signature': { stringValue: 'signed' },
};

interface Given {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly record?: Readonly<Record<string, unknown>>;
  readonly resource?: Readonly<Record<string, unknown>>;
}

function read({ attributes = known, record = {}, resource = {} }: Given): {
  events: readonly SnapshotEvent[];
  rejections: Rejections;
} {
  const logRecord = {
    timeUnixNano: noonNanos,
    eventName: 'ciris.telemetry.snapshot',
    attributes: attributesOf(attributes),
    ...record,
  };
  const request = requestIn(
    decodeJsonLogs({
      resourceLogs: [
        {
          resource: { attributes: attributesOf(resource) },
          scopeLogs: [{ logRecords: [logRecord] }],
        },
      ],
    }),
  );
  const rejections = new Rejections();
  return { events: snapshotEventsOf(request, aroundNoon, rejections), rejections };
}

describe('snapshotEventsOf', () => {
  it('reads all that an exporter says of a snapshot, and keeps the rest', () => {
    const more = { b: { intValue: 2 }, a: { arrayValue: { values: [{ boolValue: true }] } } };
    const { events, rejections } = read({ attributes: { ...known, ...more } });
    expect(rejections.message()).toBeUndefined();
    expect(events).toEqual([
      {
        time: noon,
        instance: 'exporter-1',
        id,
        sequence: 7,
        duration: 0.25,
        rows: 120,
        problems: 0,
        digest: Buffer.from(digest, 'hex'),
        previousDigest: new Uint8Array(32).fill(1),
        signature: 'signed',
        attributes: '{"a":[true],"b":2}',
      },
    ]);
  });

  it('needs no more than an exporter, an id and a time', () => {
    const { events } = read({
      attributes: { 'ciris.snapshot.id': { stringValue: id }, 'ciris.snapshot.rows': {} },
      resource: { 'service.instance.id': { stringValue: 'of the resource' } },
      record: { timeUnixNano: 0, observedTimeUnixNano: noonNanos },
    });
    expect(events).toEqual([
      {
        time: noon,
        instance: 'of the resource',
        id,
        sequence: undefined,
        duration: undefined,
        rows: undefined,
        problems: undefined,
        digest: undefined,
        previousDigest: undefined,
        signature: undefined,
        attributes: '{}',
      },
    ]);
  });

  it('takes the exporter of the record before that of the resource', () => {
    const resource = { 'service.instance.id': { stringValue: 'other' } };
    expect(read({ resource }).events).toMatchObject([{ instance: 'exporter-1' }]);
  });

  it.each([
    ['service.instance.id', undefined],
    ['service.instance.id', { intValue: 1 }],
    ['ciris.snapshot.id', undefined],
    ['ciris.snapshot.id', { stringValue: 'no uuid' }],
    ['ciris.snapshot.sequence', { intValue: '-1' }],
    ['ciris.snapshot.sequence', { stringValue: '1' }],
    ['ciris.snapshot.duration', { doubleValue: 'NaN' }],
    ['ciris.snapshot.rows', { doubleValue: 1.5 }],
    ['ciris.snapshot.problems', { boolValue: true }],
    ['ciris.snapshot.digest', { stringValue: 'abc' }],
    ['ciris.snapshot.digest', { bytesValue: 'AQI=' }],
    ['ciris.snapshot.previous_digest', { intValue: 1 }],
    ['ciris.snapshot.signature', { stringValue: '' }],
  ])('rejects one whose %s is %j, and names it', (key, value) => {
    const { [key]: _, ...others }: Readonly<Record<string, unknown>> = known;
    const attributes = value === undefined ? others : { ...others, [key]: value };
    const { events, rejections } = read({ attributes });
    expect(events).toEqual([]);
    expect(rejections.findings()).toEqual([
      { metric: 'ciris.telemetry.snapshot', reason: 'event_invalid', points: 1, detail: key },
    ]);
  });

  it.each([
    ['time_missing', '0'],
    ['time_too_old', '1000'],
    ['time_in_future', `${noon * 2}000`],
  ])('rejects one for its time: %s', (reason, timeUnixNano) => {
    const { events, rejections } = read({ record: { timeUnixNano } });
    expect(events).toEqual([]);
    expect([...rejections.byReason()]).toEqual([[reason, 1]]);
  });

  it.each([
    ['another event', 'browser.page_view', 'browser.page_view'],
    ['what is no event', '', 'a log record without a name'],
  ])('rejects %s', (_, eventName, metric) => {
    const { events, rejections } = read({ record: { eventName } });
    expect(events).toEqual([]);
    expect(rejections.findings()).toEqual([{ metric, reason: 'unknown_event', points: 1 }]);
  });
});
