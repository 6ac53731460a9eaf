import type { Logger } from '../runtime/logger.ts';

const stopWithinMs = 5_000;

interface Running {
  stop(): Promise<void>;
}

/**
 * Starts something and lets it run until SIGTERM or SIGINT; one that comes while it starts aborts the start. A second signal, or five
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
  const signal = await Promise.race([signalled, starting.then(() => signalled)]);
  logger.info(`${signal}: stopping`);
  const giveUp = setTimeout(() => {
    logger.error('stopping took longer than 5 s: ending now');
    process.exit(1);
  }, stopWithinMs).unref();
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => process.exit(1));
  aborting.abort();
  // What a start that is cut short failed with does not matter any more: it has released what it held.
  const running = await starting.catch(() => undefined);
  await running?.stop();
  clearTimeout(giveUp);
  logger.info('stopped');
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    const stop = (signal: string): void => {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
      resolve(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
