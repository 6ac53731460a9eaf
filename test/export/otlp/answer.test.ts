import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/export/otlp/answer.ts';

const outcome = (status: number, contentType: string, body: Uint8Array | string) =>
  outcomeOf({ status, contentType, retryAfter: undefined, body: Buffer.from(body) }, 0);

/** A partial success of 60 bytes: its length is the character `<`. */
const sixtyBytes = Buffer.concat([Buffer.from([0x0a, 60, 0x08, 2, 0x12, 56]), Buffer.from('x'.repeat(56))]);

describe('a web page in place of an answer', () => {
  it.each([
    ['text/html', '<html>Log in</html>'],
    ['application/xhtml+xml', '\n<?xml version="1.0"?><html/>'],
    ['text/xml', '<Error><Code>AccessDenied</Code></Error>'],
    ['', '<!DOCTYPE html><title>It works</title>'],
  ])('is known by its first character: %s, %s', (contentType, body) => {
    expect(outcome(200, contentType, body)).toMatchObject({
      kind: 'retry',
      message: expect.stringContaining('set the endpoint to the receiver'),
    });
  });

  it.each(['application/x-protobuf', 'application/protobuf', ''])(
    'is no protobuf answer that has the same character second, of the type %j',
    (contentType) => {
      expect(outcome(200, contentType, sixtyBytes)).toEqual({
        kind: 'accepted',
        rejectedPoints: 2,
        message: 'x'.repeat(56),
      });
    },
  );
});

describe('what a receiver says of a failure', () => {
  const status = Buffer.from('\x08\x03\x12\x07too old');

  it.each(['application/x-protobuf', 'Application/X-Protobuf', 'application/protobuf', ''])(
    'is read from a status, by whatever name its type goes: %j',
    (contentType) => {
      expect(outcome(400, contentType, status)).toEqual({ kind: 'refused', message: 'HTTP 400: too old' });
    },
  );

  it.each([
    ['application/x-protobuf', 'out of order sample', 'HTTP 400: out of order sample'],
    ['application/x-protobuf', '\x08\x03', 'HTTP 400'],
    ['application/json', '{"error":"out of order sample"}', 'HTTP 400: {"error":"out of order sample"}'],
  ])('is told as it is where it is no status: %s, %j', (contentType, body, message) => {
    expect(outcome(400, contentType, body)).toEqual({ kind: 'refused', message });
  });
});
