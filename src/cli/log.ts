import pino from 'pino';
import { messageOf } from '../runtime/errors.ts';
import type { LogFields, Logger } from '../runtime/logger.ts';

export interface LogOptions {
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  readonly logFormat: 'text' | 'json';
}

const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

/** Logs to standard error, so that standard output holds answers alone. */
export function createLogger({ logLevel, logFormat }: LogOptions, write: (line: string) => void): Logger {
  const destination = logFormat === 'json' ? { write } : { write: (line: string) => write(toText(line)) };
  const log = pino({ level: logLevel, base: null, serializers: { error: messageOf } }, destination);
  const at =
    (level: 'error' | 'warn' | 'info' | 'debug') =>
    (message: string, fields: LogFields = {}): void =>
      log[level](fields, message);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** `2026-03-01T12:00:10.000Z warn  message (key=value, …)` */
function toText(line: string): string {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null) return line;
  const { time, level, msg, ...fields } = { time: 0, level: 30, msg: '', ...parsed };
  const pairs = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const tail = pairs.length === 0 ? '' : ` (${pairs.join(', ')})`;
  return `${new Date(time).toISOString()} ${(levels[level] ?? '').padEnd(5)} ${oneLine(msg + tail)}\n`;
}

/** What comes from elsewhere may hold line ends, control a terminal, or turn the order around in which it shows what follows. */
export function oneLine(text: string): string {
  return text.trim().replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
