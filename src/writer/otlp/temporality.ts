import type { Temporality } from './model.ts';

/** The name of OTLP's number for it; a number that OTLP does not know is none. */
export function temporalityOf(code: number): Temporality {
  if (code === 1) return 'delta';
  return code === 2 ? 'cumulative' : 'unspecified';
}
