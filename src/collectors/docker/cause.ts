import type { ErrorCode } from '../../runtime/errors.ts';

/** Why a request failed, and what to do about it. */
export interface Cause {
  readonly code: ErrorCode;
  readonly advice: string;
}
