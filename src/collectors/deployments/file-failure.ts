import { messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';

/** What reading a file threw, in words. */
export function fileFailureOf(thrown: unknown, attempt: string): TelemetryError {
  const cause = { cause: thrown };
  if (thrown instanceof TelemetryError && thrown.code === 'timeout') return thrown;
  switch (systemCodeOf(thrown)) {
    case 'ENOENT':
      return new TelemetryError(
        'not_found',
        `${attempt} failed: it is not there; see the path, and that its folder is mounted here`,
        cause,
      );
    case 'EACCES':
    case 'EPERM':
      return new TelemetryError(
        'permission_denied',
        `${attempt} failed: this user may not read it; make the user a member of the group that may`,
        cause,
      );
    default: {
      const code = thrown instanceof TelemetryError ? thrown.code : 'internal';
      return new TelemetryError(code, `${attempt} failed: ${messageOf(thrown)}`, cause);
    }
  }
}
