export type LogFields = Readonly<Record<string, unknown>>;

/** The port that everything logs through. error: somebody must act; warn: degraded; info: start, stop, change; debug: the rest. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

const ignore = (): void => {};

/** For hosts that want no log, and for tests that do not look at it. */
export const silentLogger: Logger = { error: ignore, warn: ignore, info: ignore, debug: ignore };
