import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By then the first snapshot has been taken, stored and sent. */
const startUpMs = 20_000;

/**
 * Frees what only starting needed, a while after it: 10 MB of a hundred. A process that rests fills its heap so slowly that V8 would
 * keep them for hours.
 */
export function freeStartUpGarbage(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect === 'function') collect();
  }, startUpMs).unref();
}
