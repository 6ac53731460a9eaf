import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Payload, Sender, SendOutcome } from '../../../src/export/sender.ts';

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ciris-spool-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export const payloadOf = (text: string, encoding: Payload['encoding'] = 'protobuf'): Payload => ({
  encoding,
  bytes: Buffer.from(text),
});

export const accepted: SendOutcome = { kind: 'accepted', rejectedPoints: 0 };

/** A sender whose outcomes a test decides; it keeps what it was given. */
export class ScriptedSender implements Sender {
  readonly target = 'http://receiver.test/v1/metrics';
  readonly sent: string[] = [];
  closed = false;
  answer: (text: string, signal: AbortSignal) => SendOutcome | Promise<SendOutcome> = () => accepted;

  async send(payload: Payload, signal: AbortSignal): Promise<SendOutcome> {
    const text = Buffer.from(payload.bytes).toString();
    this.sent.push(text);
    return this.answer(text, signal);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
