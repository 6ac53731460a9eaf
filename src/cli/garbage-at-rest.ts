import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyMs = 30_000;
/** A heap beyond this is not at rest, and its collection would take long. */
const mostAtRestBytes = 48 * 1024 * 1024;

/**
 * Collects the garbage of a process that rests: it fills its heap so slowly that V8 would keep tens of megabytes of it for hours,
 * those of the start among them. A heap of this size is collected in some 20 ms.
 */
export function collectAtRest(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return;
  setInterval(() => {
    if (process.memoryUsage().heapUsed < mostAtRestBytes) collect();
  }, everyMs).unref();
}
