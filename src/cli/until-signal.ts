import type { Logger } from '../runtime/logger.ts';

const stopWithinMs = 5_000;

/** Waits for SIGTERM or SIGINT, then stops what runs; a second signal, or five seconds, end the process at once. */
export async function untilSignal(running: { stop(): Promise<void> }, logger: Logger): Promise<void> {
  const signal = await nextSignal();
  logger.info(`${signal}: stopping`);
  const giveUp = setTimeout(() => {
    logger.error('stopping took longer than 5 s: ending now');
    process.exit(1);
  }, stopWithinMs).unref();
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => process.exit(1));
  await running.stop();
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
