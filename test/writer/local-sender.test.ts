import { expect, it } from 'vitest';
import { createLocalSender } from '../../src/writer/local-sender.ts';
import { encodeRequest } from './support/oracle.ts';
import { createRig, createRigWith, loadMetric, loadRow } from './support/writer-rig.ts';

const { signal } = new AbortController();
const payload = encodeRequest('protobuf', [loadMetric({})]);
const target = 'the embedded database';

it('delivers to the database within this process', async () => {
  const { core, store } = createRig();
  const sender = createLocalSender(core, target);
  expect(sender.target).toBe(target);
  expect(await sender.send(payload, signal)).toEqual({ kind: 'accepted', rejectedPoints: 0 });
  await sender.close();
  expect(await sender.send(payload, signal)).toMatchObject({ kind: 'retry' });
  expect(store.rows).toEqual([loadRow]);
});

it('passes on what was rejected', async () => {
  const sender = createLocalSender(createRig().core, target);
  const partly = encodeRequest('json', [loadMetric({}, { time: [0, 0] })]);
  expect(await sender.send(partly, signal)).toEqual({
    kind: 'accepted',
    rejectedPoints: 1,
    message: expect.stringContaining('time_missing'),
  });
});

it('wants a payload again that the database does not take now', async () => {
  const { core, store } = createRig();
  const sender = createLocalSender(core, target);
  store.away = 'connection refused';
  const retry = { kind: 'retry', message: 'the database takes no rows: connection refused', afterMs: 2000 };
  expect(await sender.send(payload, signal)).toEqual(retry);
  store.away = undefined;
  expect(await sender.send(payload, signal)).toEqual({ kind: 'accepted', rejectedPoints: 0 });
});

it('refuses what is no request, and what is too much', async () => {
  const sender = createLocalSender(createRig({ limits: { maxItems: 2 } }).core, target);
  const broken = { encoding: 'protobuf', bytes: Uint8Array.of(10, 5) } as const;
  expect(await sender.send(broken, signal)).toMatchObject({ kind: 'refused' });
  expect(await sender.send(payload, signal)).toMatchObject({ kind: 'refused' });
});

it('suspects a payload that meets a fault of ours, and does not reject', async () => {
  const { core } = createRigWith({ store: () => Promise.reject(new Error('a fault')) });
  const retry = { kind: 'retry', message: 'the writer failed: a fault', suspect: true };
  expect(await createLocalSender(core, target).send(payload, signal)).toEqual(retry);
});
