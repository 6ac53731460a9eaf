const maxBytes = 4 * 2 ** 20;

/** How often something of that size may be repeated: three times 200 of a whole request would be gigabytes, made before any is sent. */
export function bounded(times: number, size: number): number {
  return Math.max(1, Math.min(times, Math.floor(maxBytes / size)));
}
