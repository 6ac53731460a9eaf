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

/** A logger whose failures, at once or later, stay its own: what is logged of a thing must not keep the thing from going on. */
export function unfailing(logger: Logger): Logger {
  const at =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void => {
      try {
        const logged: unknown = logger[level](message, fields);
        if (logged instanceof Promise) logged.catch(ignore);
      } catch {
        // There is nobody left to tell.
      }
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
