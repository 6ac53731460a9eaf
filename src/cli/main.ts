#!/usr/bin/env node
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import { createProgram } from './program.ts';

/** 0: done. 1: it could not be done. 2: what was asked for is not accepted. */
function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  return thrown instanceof TelemetryError && thrown.code === 'setting_invalid' ? 2 : 1;
}

// Whoever reads our output may stop reading, as `head` does: that is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0);
  });
}

try {
  await createProgram().parseAsync(process.argv);
} catch (thrown) {
  // Commander has said its own errors already; an error of ours is one line; of anything else we want the stack.
  if (thrown instanceof TelemetryError) process.stderr.write(`ciris-telemetry: ${messageOf(thrown)}\n`);
  else if (!(thrown instanceof CommanderError)) process.stderr.write(`${inspect(thrown)}\n`);
  process.exitCode = exitCodeOf(thrown);
}
