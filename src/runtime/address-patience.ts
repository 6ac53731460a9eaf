/**
 * How long one of several addresses of a host has to take a connection, in milliseconds, before the next one is tried. Node gives each but
 * the last a quarter of a second, and then no other chance: too little for a far host, a lost packet, or a busy moment of ours.
 */
export const addressPatienceMs = 2000;

/** The same where there is not much time in all: no more than half of it, so that another address has its turn. */
export function addressPatienceWithin(timeoutMs: number): number {
  return Math.ceil(Math.min(addressPatienceMs, timeoutMs / 2));
}
