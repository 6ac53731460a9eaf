import { inspect } from 'node:util';
import { sharedSettings } from '../config/settings.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import type { LogFields } from '../runtime/logger.ts';
import { createLogger, type LogOptions, oneLine } from './log.ts';
import { type Environment, settingsOf } from './settings-of.ts';

/** How the log is to be written, as far as that can be told when settings are wrong or not read yet. */
export async function logFormatOf(
  argv: readonly string[],
  env: Environment,
): Promise<LogOptions['logFormat']> {
  const flags = { config: flagIn(argv, '--config'), logFormat: flagIn(argv, '--log-format') };
  const { logFormat } = sharedSettings;
  const withFile = { flags, env };
  const withoutFile = { flags: { logFormat: flags.logFormat }, env: { ...env, TELEMETRY_CONFIG: undefined } };
  for (const sources of [withFile, withoutFile]) {
    try {
      return (await settingsOf({ logFormat }, sources)).logFormat;
    } catch {
      // The command itself says what is wrong with the file or the setting.
    }
  }
  return 'text';
}

function flagIn(argv: readonly string[], name: string): string | undefined {
  const index = argv.findLastIndex((word) => word === name || word.startsWith(`${name}=`));
  const word = argv[index];
  return word === name ? argv[index + 1] : word?.slice(name.length + 1);
}

/** The line that says why the process ends; with the stack when that is a fault of ours. */
export function complaint(thrown: unknown, logFormat: LogOptions['logFormat']): string {
  const expected = thrown instanceof TelemetryError;
  if (logFormat === 'json') return asJson(messageOf(thrown), expected ? {} : { stack: inspect(thrown) });
  return expected ? `ciris-telemetry: ${oneLine(messageOf(thrown))}\n` : `${inspect(thrown)}\n`;
}

/** What is wrong with the arguments, as Commander says it. */
export function wrongUse(text: string, logFormat: LogOptions['logFormat']): string {
  return logFormat === 'json' ? asJson(oneLine(text), {}) : text;
}

function asJson(message: string, fields: LogFields): string {
  const lines: string[] = [];
  createLogger({ logLevel: 'error', logFormat: 'json' }, (line) => lines.push(line)).error(message, fields);
  return lines.join('');
}
