import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { collectAtRest } from './garbage-at-rest.ts';
import { leave } from './leave.ts';

const stopWithinMs = 5_000;
const togetherMs = 500;

interface Running {
  stop(): Promise<void>;
}

/**
 * Starts something and lets it run until SIGTERM, SIGINT or, where a terminal closes, SIGHUP; one that comes while it starts aborts the start. A second signal, or five
 * seconds, end the process at once.
 */
export async function runUntilSignal(
  start: (signal: AbortSignal) => Promise<Running>,
  logger: Logger,
): Promise<void> {
  // Heard from the first moment: the first process of a container would not be ended by a signal that it does not listen to.
  const signalled = nextSignal();
  const aborting = new AbortController();
  const starting = start(aborting.signal);
  const started = starting.then(collectAtRest);
  const signal = await Promise.race([signalled, started.then(() => signalled)]);
  logger.info(`${signal}: stopping`);
  const giveUp = setTimeout(() => {
    logger.error('stopping took longer than 5 s: ending now');
    leave(1);
  }, stopWithinMs).unref();
  aborting.abort();
  // What a start that is cut short failed with does not matter any more: it has released what it held.
  const running = await starting.catch(() => undefined);
  await running?.stop();
  clearTimeout(giveUp);
  logger.info('stopped');
}

/** The first signal. One that comes together with it, from a terminal and from npm for example, is the same; a later one ends the process. */
function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const hear = (signal: string): void => {
      const now = systemClock.monotonic();
      firstAt ??= now;
      if (now - firstAt > togetherMs) leave(1);
      resolve(signal);
    };
    process.on('SIGTERM', hear);
    process.on('SIGINT', hear);
    // Node dies of it else, even where `nohup` has it ignored.
    process.on('SIGHUP', hear);
  });
}
