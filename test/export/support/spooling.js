import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
/** A directory that is gone after the test. */
export async function temporaryDirectory() {
  const directory = await mkdtemp(join(tmpdir(), 'ciris-spool-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
export const payloadOf = (text, encoding = 'protobuf') => ({
  encoding,
  bytes: Buffer.from(text),
});
export const accepted = { kind: 'accepted', rejectedPoints: 0 };
/** A sender whose outcomes a test decides; it keeps what it was given. */
export class ScriptedSender {
  target = 'http://receiver.test/v1/metrics';
  sent = [];
  closed = false;
  answer = () => accepted;
  async send(payload, signal) {
    const text = Buffer.from(payload.bytes).toString();
    this.sent.push(text);
    return this.answer(text, signal);
  }
  close() {
    this.closed = true;
    return Promise.resolve();
  }
}
