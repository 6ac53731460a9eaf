import type { Collected, Failure, Finding, Problem } from '../collectors/collector.ts';
import type { Row, Value } from '../metric/row.ts';
import { errorCodes, TelemetryError } from '../runtime/errors.ts';

/**
 * What a collector gave, as far as it has the right shape: one of a host's own may be written without types, and one bad
 * row of it must not cost the others theirs. Throws a TelemetryError where it is nothing of the kind.
 */
export function wellFormed(collector: string, given: unknown): Collected {
  if (!isObject(given) || !Array.isArray(given.rows) || !Array.isArray(given.problems)) {
    throw new TelemetryError(
      'protocol',
      'what it gave has no lists of rows and problems; mend the collector',
    );
  }
  const rows = given.rows.filter(isRow);
  const problems = given.problems.filter(isProblem);
  const findings = Array.isArray(given.findings) ? given.findings.filter(isFinding) : [];
  const lost = given.rows.length - rows.length + given.problems.length - problems.length;
  const collected = {
    rows,
    problems: lost === 0 ? problems : [...problems, lossOf(collector, lost)],
    findings,
  };
  if (given.failure === undefined) return collected;
  return { ...collected, failure: isFailure(given.failure) ? given.failure : unclear };
}

const unclear: Failure = { type: 'internal', message: 'a collector failed, and does not say readably why' };

const lossOf = (collector: string, lost: number): Problem => ({
  kind: 'parse',
  message: `collector ${collector} gave what is no row, or no problem (${lost}): names that are no text, figures that are no numbers, or fields that are missing; they are left out`,
});

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isRow(value: unknown): value is Row {
  if (!isObject(value) || typeof value.entity !== 'string' || !Number.isFinite(value.time)) return false;
  if (value.start !== undefined && !Number.isFinite(value.start)) return false;
  return (
    holds(value.identity, isText) &&
    holds(value.info, isText) &&
    holds(value.values, isValue) &&
    holds(value.states, isText)
  );
}

function holds(part: unknown, isRight: (value: unknown) => boolean): boolean {
  if (!isObject(part)) return false;
  for (const key in part) if (!isRight(part[key])) return false;
  return true;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isValue = (value: unknown): value is Value => typeof value === 'bigint' || Number.isFinite(value);

function isProblem(value: unknown): value is Problem {
  if (!isObject(value) || !isText(value.message)) return false;
  return value.kind === 'timeout' || value.kind === 'parse' || value.kind === 'other';
}

function isFinding(value: unknown): value is Finding {
  return isObject(value) && isText(value.kind) && isText(value.message);
}

function isFailure(value: unknown): value is Failure {
  return isObject(value) && isText(value.message) && errorCodes.some((code) => code === value.type);
}
