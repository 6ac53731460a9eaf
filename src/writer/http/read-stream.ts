import type { Readable } from 'node:stream';

export type StreamEnding =
  | { readonly kind: 'end' }
  /** `take` wanted no more. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'aborted' }
  /** It failed, or was closed before its end. */
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Hands a stream's chunks to `take` until it ends, fails, `take` returns false or the signal aborts. Unlike an async iterator it leaves
 * the stream open, for a request's stream is also the way back to the client.
 */
export function readStream(
  stream: Readable,
  take: (chunk: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<StreamEnding> {
  return new Promise((resolve) => {
    const finish = (ending: StreamEnding): void => {
      stream.off('data', onData).off('end', onEnd).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      resolve(ending);
    };
    const onData = (chunk: Uint8Array): void => {
      if (!take(chunk)) finish({ kind: 'stopped' });
    };
    const onEnd = (): void => finish({ kind: 'end' });
    const onClose = (): void => finish({ kind: 'failed', error: stream.errored });
    const onAbort = (): void => finish({ kind: 'aborted' });
    if (stream.destroyed) {
      onClose();
      return;
    }
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    // An error is always followed by `close`; unheard, it would end the process.
    stream.on('error', () => {});
    stream.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
