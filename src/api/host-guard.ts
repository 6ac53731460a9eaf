import { isIP } from 'node:net';
import { ProblemError } from './problem.ts';

/**
 * Refuses Host headers that name neither this machine nor what is allowed. A server on loopback is out of reach for web pages
 * only until a page's own name resolves to 127.0.0.1 (DNS rebinding); the header then still carries that name.
 */
export function checkHost(hostname: string, allowed: readonly string[]): void {
  const name = hostname.toLowerCase();
  const literal = name.replace(/^\[(.*)\]$/, '$1');
  if (name === '' || name === 'localhost' || isIP(literal) !== 0 || allowed.includes(name)) return;
  throw new ProblemError(
    'misdirected_request',
    `this server listens on loopback and does not answer to the name ${name.slice(0, 200)}: use localhost or 127.0.0.1`,
  );
}

/** Refuses what comes from another machine: whoever reaches the API may do everything that it does. */
export function checkRemote(address: string): void {
  const plain = address.replace(/^::ffff:/i, '');
  if (isLoopback(plain)) return;
  throw new ProblemError(
    'forbidden',
    'this is for the machine that ciris-telemetry runs on; from elsewhere there are /metrics, /healthz and /readyz',
  );
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
