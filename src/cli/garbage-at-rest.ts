import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By then the first snapshot has been taken, stored and sent. */
const startUpMs = 20_000;
const everyMs = 90_000;
/** A heap beyond this is not at rest, and its collection would take long. */
const mostAtRestBytes = 48 * 1024 * 1024;

/**
 * Collects the garbage of a process that rests: it fills its heap so slowly that V8 would keep tens of megabytes of it for hours,
 * those of the start among them. A heap of this size is collected in 50 to 100 ms.
 */
export function collectAtRest(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return;
  const collectIfAtRest = (): void => {
    // Only this way the machine gets back what is empty then.
    if (process.memoryUsage().heapUsed < mostAtRestBytes) collect({ type: 'major', flavor: 'last-resort' });
  };
  setTimeout(collectIfAtRest, startUpMs).unref();
  setInterval(collectIfAtRest, everyMs).unref();
}
