import { mkdir, rm } from 'node:fs/promises';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { registerObservables } from '../../../src/export/observe.ts';
import { createPush, type Push, type PushOptions } from '../../../src/export/otlp/push.ts';
import { openSpool } from '../../../src/export/otlp/spool.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { containerRow, entities } from '../support/fleet.ts';
import { fleetMeter } from '../support/meter.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { accepted, ScriptedSender, temporaryDirectory } from '../support/spooling.ts';

interface Rig {
  readonly push: Push;
  readonly sender: ScriptedSender;
  readonly directory: string;
  /** Publishes a snapshot with one container of this id. */
  publish(id: string): void;
  /** Resolves when nothing waits. */
  settled(): Promise<void>;
}

async function rig(options: Partial<PushOptions> & { readonly directory?: string } = {}): Promise<Rig> {
  const directory = options.directory ?? (await temporaryDirectory());
  const sender = new ScriptedSender();
  const listeners = new Set<(snapshot: Snapshot) => void>();
  let snapshot: Snapshot | undefined;
  const meter = fleetMeter();
  registerObservables(meter, entities, () => snapshot?.rows ?? []);
  const logger = options.logger ?? silentLogger;
  const push = createPush({
    producer: meter,
    resource: resourceFromAttributes({ 'service.name': 'ciris-telemetry' }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    sender,
    spool: await openSpool({ directory, logger }),
    encoding: 'json',
    clock: systemClock,
    backoffMs: 1,
    maxBackoffMs: 2,
    ...options,
    logger,
  });
  onTestFinished(() => push.stop(1000));
  let sequence = 0;
  return {
    push,
    sender,
    directory,
    publish: (id) => {
      sequence += 1;
      const { time } = containerRow(id);
      snapshot = { id, sequence, time, durationMs: 1, rows: [containerRow(id)], findings: [], outcomes: [] };
      for (const listener of listeners) listener(snapshot);
    },
    settled: () => push.flush(AbortSignal.timeout(60_000)),
  };
}

/** However busy the machine is. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, 60_000);

/** The container that a request speaks of. */
const idIn = (request: string): string | undefined =>
  /"container\.id","value":\{"stringValue":"([^"]*)"/.exec(request)?.[1];
const ids = (sender: ScriptedSender) => sender.sent.map(idIn);

describe('the push', () => {
  it('sends each snapshot once, in order, with the rows that it announced', async () => {
    const { push, sender, publish, settled } = await rig();
    // No pause in between: what is collected must be the snapshot that is being announced.
    for (const id of ['a', 'b', 'c']) publish(id);
    await settled();
    expect(ids(sender)).toEqual(['a', 'b', 'c']);
    expect(sender.sent[0]).toContain('"service.name"');
    expect(push.stats()).toEqual({
      deliveredSnapshots: 3,
      failedAttempts: 0,
      rejectedPoints: 0,
      droppedSnapshots: 0,
      waitingSnapshots: 0,
      waitingBytes: 0,
    });
  });

  it('B73: keeps what fails, in order, until it is taken, and says so once per change', async () => {
    const logger = recordingLogger();
    const { push, sender, publish, settled } = await rig({ logger });
    let left = 4;
    sender.answer = () => {
      left -= 1;
      return left >= 0 ? { kind: 'retry', message: 'ECONNREFUSED' } : accepted;
    };
    for (const id of ['a', 'b']) publish(id);
    await eventually(() => expect(push.stats().deliveredSnapshots).toBe(2));
    expect(ids(sender)).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
    expect(push.stats()).toMatchObject({ failedAttempts: 4, droppedSnapshots: 0 });
    await settled();
    expect(logger.lines).toEqual([
      'warn: snapshots wait, for delivering them to http://receiver.test/v1/metrics failed: ECONNREFUSED',
      'info: http://receiver.test/v1/metrics takes snapshots again',
    ]);
  });

  it('drops and counts what is refused for good, and goes on with what is behind it', async () => {
    const logger = recordingLogger();
    const { push, sender, publish, settled } = await rig({ logger });
    sender.answer = (text) => (idIn(text) === 'c' ? accepted : { kind: 'refused', message: 'HTTP 400: no' });
    for (const id of ['a', 'b', 'c']) publish(id);
    await settled();
    expect(ids(sender)).toEqual(['a', 'b', 'c']);
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 1, droppedSnapshots: 2, waitingSnapshots: 0 });
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: .* refuses snapshots for good, and they are dropped: HTTP 400: no$/),
      expect.stringMatching(/^info: .* refuses snapshots no more$/),
    ]);
  });

  it('gives a payload that may be to blame itself eight attempts, whatever failed before', async () => {
    const { push, sender, publish } = await rig();
    let unreachable = 10;
    sender.answer = (text) => {
      unreachable -= 1;
      if (unreachable >= 0) return { kind: 'retry', message: 'ECONNREFUSED' };
      return idIn(text) === 'poison' ? { kind: 'retry', message: 'HTTP 500', suspect: true } : accepted;
    };
    for (const id of ['poison', 'good']) publish(id);
    await eventually(() => expect(push.stats().deliveredSnapshots).toBe(1));
    expect(ids(sender)).toEqual([...Array(18).fill('poison'), 'good']);
    expect(push.stats()).toMatchObject({ failedAttempts: 18, droppedSnapshots: 1 });
  });

  it('counts the points of a partial success, with its message once per change', async () => {
    const logger = recordingLogger();
    const { push, sender, publish, settled } = await rig({ logger });
    sender.answer = () => ({ kind: 'accepted', rejectedPoints: 3, message: 'bad name' });
    for (const id of ['a', 'b']) publish(id);
    await settled();
    sender.answer = () => accepted;
    publish('c');
    await settled();
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 3, rejectedPoints: 6, droppedSnapshots: 0 });
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: .* took a snapshot but 3 points: bad name$/),
      expect.stringMatching(/^info: .* takes all points again$/),
    ]);
  });

  it('passes on what a receiver remarks about a snapshot that it took whole', async () => {
    const logger = recordingLogger();
    const { push, sender, publish, settled } = await rig({ logger });
    sender.answer = () => ({ kind: 'accepted', rejectedPoints: 0, message: 'use the new address' });
    for (const id of ['a', 'b']) publish(id);
    await settled();
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 2, rejectedPoints: 0, droppedSnapshots: 0 });
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: .* took a snapshot whole, and remarks: use the new address$/),
    ]);
  });

  it('leaves a receiver alone for as long as it asks, whatever arrives meanwhile', async () => {
    const { push, sender, publish } = await rig();
    sender.answer = () => ({ kind: 'retry', message: 'HTTP 503', afterMs: 60_000 });
    publish('a');
    await eventually(() => expect(push.stats().failedAttempts).toBe(1));
    for (const id of ['b', 'c']) publish(id);
    await eventually(() => expect(push.stats().waitingSnapshots).toBe(3));
    expect(ids(sender)).toEqual(['a']);
  });

  it('delivers after a restart what the process before could not, before anything new', async () => {
    const first = await rig();
    first.sender.answer = () => ({ kind: 'retry', message: 'down' });
    for (const id of ['a', 'b']) first.publish(id);
    await eventually(() => expect(first.push.stats().waitingSnapshots).toBe(2));
    await first.push.stop(500);
    const second = await rig({ directory: first.directory });
    second.publish('c');
    await eventually(() => expect(second.push.stats().deliveredSnapshots).toBe(3));
    expect(ids(second.sender)).toEqual(['a', 'b', 'c']);
  });

  it('keeps in memory what a disk that stalls has not taken yet, in bounds, and loses none of it', async () => {
    const logger = recordingLogger();
    const stall = Promise.withResolvers<void>();
    const spool = await openSpool({ directory: await temporaryDirectory(), logger });
    const append = spool.append.bind(spool);
    spool.append = (payload) => stall.promise.then(() => append(payload));
    const { push, sender, publish, settled } = await rig({ logger, spool });
    const kept = Array.from({ length: 100 }, (_, index) => `kept-${index}`);
    for (const id of [...kept, 'one too many']) publish(id);
    await eventually(() => expect(push.stats().droppedSnapshots).toBe(1));
    stall.resolve();
    await settled();
    expect(ids(sender)).toEqual(kept);
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 100, droppedSnapshots: 1 });
    expect(logger.lines).toEqual([
      'warn: snapshots are dropped, for the disk of the spool does not keep up',
      'info: the disk of the spool keeps up again',
    ]);
  });

  it('keeps the newest in memory when the disk takes nothing, and still delivers it', async () => {
    const logger = recordingLogger();
    const { push, sender, directory, publish, settled } = await rig({ logger });
    await rm(directory, { recursive: true });
    sender.answer = () => ({ kind: 'retry', message: 'down', afterMs: 60_000 });
    publish('a');
    await eventually(() => expect(push.stats().failedAttempts).toBe(1));
    publish('b');
    await eventually(() => expect(push.stats().droppedSnapshots).toBe(1));
    expect(push.stats().waitingSnapshots).toBe(1);
    sender.answer = () => accepted;
    await settled();
    expect(ids(sender)).toEqual(['a', 'b']);
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 1, droppedSnapshots: 1, waitingSnapshots: 0 });
    expect(logger.lines.filter((line) => line.includes('spooling'))).toHaveLength(1);
  });

  it('spools what it kept in memory once the disk is well, before what is newer', async () => {
    const { push, sender, directory, publish, settled } = await rig();
    await rm(directory, { recursive: true });
    sender.answer = () => ({ kind: 'retry', message: 'down', afterMs: 60_000 });
    publish('a');
    await eventually(() => expect(push.stats().failedAttempts).toBe(1));
    await mkdir(directory);
    publish('b');
    await eventually(() => expect(push.stats().waitingSnapshots).toBe(2));
    sender.answer = () => accepted;
    await settled();
    expect(ids(sender)).toEqual(['a', 'a', 'b']);
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 2, droppedSnapshots: 0, waitingSnapshots: 0 });
  });

  it('counts what it sends from memory once, though something newer arrives meanwhile', async () => {
    const { push, sender, directory, publish, settled } = await rig();
    await rm(directory, { recursive: true });
    const answers = Promise.withResolvers<typeof accepted>();
    sender.answer = () => answers.promise;
    publish('a');
    await eventually(() => expect(ids(sender)).toEqual(['a']));
    publish('b');
    await eventually(() => expect(push.stats().waitingSnapshots).toBe(1));
    answers.resolve(accepted);
    await settled();
    expect(ids(sender)).toEqual(['a', 'b']);
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 2, droppedSnapshots: 0 });
  });

  it('B24: stops within its deadline though the receiver never answers, and says what is left', async () => {
    const logger = recordingLogger();
    const { push, sender, directory, publish } = await rig({ logger });
    sender.answer = () => new Promise(() => {});
    publish('a');
    await eventually(() => expect(sender.sent).toHaveLength(1));
    publish('b');
    await eventually(() => expect(push.stats().waitingSnapshots).toBe(2));
    const started = performance.now();
    await push.stop(300);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(sender.closed).toBe(true);
    expect(logger.lines).toEqual([
      'warn: stopped with snapshots not yet delivered to http://receiver.test/v1/metrics: 2; those in the spool are sent after the next start',
    ]);
    expect((await openSpool({ directory, logger: silentLogger })).stats().entries).toBe(2);
  });

  it('makes one last attempt with all that waits when it is stopped, without sitting out a pause', async () => {
    const { push, sender, publish } = await rig();
    sender.answer = () => ({ kind: 'retry', message: 'down', afterMs: 60_000 });
    for (const id of ['a', 'b']) publish(id);
    await eventually(() => expect(push.stats().waitingSnapshots).toBe(2));
    await eventually(() => expect(push.stats().failedAttempts).toBe(1));
    sender.answer = () => accepted;
    await push.stop(50_000);
    await push.stop(50_000);
    expect(ids(sender)).toEqual(['a', 'a', 'b']);
    publish('too late');
    expect(push.stats()).toMatchObject({ deliveredSnapshots: 2, waitingSnapshots: 0 });
  });

  it('outlives a sender that throws and a producer that fails', async () => {
    const logger = recordingLogger();
    const { push, sender, publish } = await rig({ logger });
    let thrown = false;
    sender.answer = () => {
      if (thrown) return accepted;
      thrown = true;
      throw new Error('a fault in the sender');
    };
    publish('a');
    await eventually(() => expect(push.stats().deliveredSnapshots).toBe(1));
    expect(logger.lines[0]).toContain('a fault in the sender');

    const broken: MetricProducer = { collect: () => Promise.reject(new Error('a fault in the producer')) };
    const other = await rig({ logger, producer: broken });
    other.publish('a');
    await eventually(() => expect(other.push.stats().droppedSnapshots).toBe(1));
    expect(logger.lines.at(-1)).toContain('a fault in the producer');
  });

  it('ends a flush when its signal does', async () => {
    const { push, sender, publish } = await rig();
    sender.answer = () => new Promise(() => {});
    publish('a');
    await push.flush(AbortSignal.timeout(20));
    await push.flush(AbortSignal.abort());
    expect(push.stats().waitingSnapshots).toBe(1);
    sender.answer = () => accepted;
  });
});
