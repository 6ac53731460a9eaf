import { CommanderError } from 'commander';
import { TelemetryError } from '../runtime/errors.ts';
import { complaint, logFormatOf } from './complaint.ts';
import { leaveSoon } from './leave.ts';
import { createLogger } from './log.ts';
import { createProgram } from './program.ts';

/** 0: done. 1: it could not be done. 2: what was asked for is not accepted. */
function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  return thrown instanceof TelemetryError && thrown.code === 'setting_invalid' ? 2 : 1;
}

const logFormat = await logFormatOf(process.argv, process.env);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our answers may stop reading, as `head` does: that is no error of ours.
  if (error.code === 'EPIPE') process.exit(0);
  const lost = new TelemetryError('internal', `the answer could not be written: ${error.message}`);
  process.stderr.write(complaint(lost, logFormat));
  process.exit(1);
});
// A log that nobody reads any more, or whose disk is full, is no reason to stop watching.
process.stderr.on('error', () => {});

// Node would print warnings of the packages we use in a form of its own, and over several lines.
process.removeAllListeners('warning').on('warning', ({ message }) => {
  const logger = createLogger({ logLevel: 'warn', logFormat }, (line) => process.stderr.write(line));
  logger.warn(message.split('\n', 1)[0] ?? '');
});

try {
  await createProgram(logFormat).parseAsync(process.argv);
} catch (thrown) {
  // Commander has said its own errors already.
  if (!(thrown instanceof CommanderError)) process.stderr.write(complaint(thrown, logFormat));
  process.exitCode = exitCodeOf(thrown);
}
leaveSoon();
