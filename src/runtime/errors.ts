/** Why an operation failed, as a closed list: the value of `error.type` and the key for exit codes and HTTP answers. */
export const errorCodes = [
  'setting_invalid',
  'address_in_use',
  'permission_denied',
  'not_found',
  'connection_refused',
  'connection_lost',
  'timeout',
  'protocol',
  'tls',
  'database_unavailable',
  'database_schema',
  'state_unusable',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** A failure in words for people: what was attempted, on what, and what to do about it. */
export class TelemetryError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'TelemetryError';
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Node's `code` of a system error (`ECONNREFUSED`, …) or a PostgreSQL SQLSTATE, when the thrown value carries one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
