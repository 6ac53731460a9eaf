import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By then the first snapshot has been taken, stored and sent. */
const startUpMs = 20_000;
const everyMs = 120_000;
/** A heap beyond this is not at rest, and its collection would take long. */
const mostAtRestBytes = 48 * 1024 * 1024;

/**
 * Collects the garbage of a process that rests: it fills its heap so slowly that V8 would keep tens of megabytes of it for hours,
 * those of the start among them. A heap of this size is collected in 20 to 60 ms.
 */
export function collectAtRest(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return;
  const collectIfAtRest = (): void => {
    if (process.memoryUsage().heapUsed < mostAtRestBytes) collect();
  };
  setTimeout(collectIfAtRest, startUpMs).unref();
  setInterval(collectIfAtRest, everyMs).unref();
}
