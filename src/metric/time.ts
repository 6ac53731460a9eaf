/** Microseconds since the epoch: PostgreSQL's resolution, and exact in a double until the year 2255. */
export type Micros = number;

export const microsFromMs = (ms: number): Micros => Math.round(ms * 1000);

/** `2026-03-01T12:00:10.123456Z` */
export function microsToIso(time: Micros): string {
  const whole = Math.floor(time / 1e6);
  const fraction = String(time - whole * 1e6).padStart(6, '0');
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

const isoTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Reads an RFC 3339 time of any precision, cut to microseconds; undefined when it is none. */
export function microsFromIso(text: string): Micros | undefined {
  const parts = isoTime.exec(text);
  if (parts === null) return undefined;
  const [, whole, fraction = '', zone] = parts;
  const ms = Date.parse(`${whole}${zone}`);
  return Number.isNaN(ms) || !isOnCalendar(whole)
    ? undefined
    : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isOnCalendar(whole = ''): boolean {
  return new Date(`${whole}Z`).toISOString().startsWith(whole);
}

/** Seconds and nanoseconds, as OpenTelemetry's JavaScript SDK keeps times. */
export function microsToHrTime(time: Micros): [number, number] {
  const seconds = Math.floor(time / 1e6);
  return [seconds, (time - seconds * 1e6) * 1000];
}
