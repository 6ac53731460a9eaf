const units = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
} as const;

export const minuteMs = units.m;
export const hourMs = units.h;
export const dayMs = units.d;

const shape = /^(\d{1,6})([mhdwy])$/;

/** Milliseconds of `90m`, `12h`, `7d`, `4w` or `1y` (365 days); undefined for anything else, and for none at all. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = shape.exec(text) ?? [];
  const size = Object.entries(units).find(([name]) => name === unit)?.[1];
  const duration = Number(amount) * (size ?? Number.NaN);
  return duration > 0 ? duration : undefined;
}

/** `604800000` is `7d`: as `parseDuration` reads it, in the largest unit that it is a multiple of. */
export function shortDuration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'for ever';
  const [name, size] = Object.entries(units).findLast(([, size]) => ms >= size && ms % size === 0) ?? [
    'm',
    units.m,
  ];
  return name === 'w' ? `${ms / units.d}d` : `${ms / size}${name}`;
}
