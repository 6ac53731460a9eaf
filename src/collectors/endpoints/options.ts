import { z } from 'zod';

const address = z.string().refine(isAddress, {
  error: 'expected an address that begins with http:// or https://',
  abort: true,
});

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  try {
    decodeURIComponent(url.username + url.password);
    return true;
  } catch {
    return false;
  }
}

export const endpointOptions = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Name in every figure; host and path of the address where it is not given.'),
  url: address.describe('Address to probe: http:// or https://.'),
  expect: z
    .array(z.number().int().min(100).max(599))
    .min(1)
    .optional()
    .describe('HTTP statuses that are well; all from 200 to 299 where it is not given.'),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the authorities to trust, in place of the public ones.'),
  interval: z
    .number()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('Seconds from one probe to the next; never more often than there are snapshots.'),
  timeout: z
    .number()
    .min(0.1)
    .max(600)
    .default(10)
    .describe('Seconds that a probe may take; never more than a snapshot waits for.'),
});

/** Which public addresses are probed. */
export const endpointsOptions = z.strictObject({
  endpoints: z
    .array(endpointOptions)
    .max(1000)
    .superRefine(refuseRepeats)
    .default([])
    .describe('Public addresses to probe.'),
});

/** Refuses an endpoint that goes by the name of one before it. */
export function refuseRepeats(endpoints: readonly EndpointOptions[], context: z.RefinementCtx): void {
  const names = new Set<string>();
  for (const [index, name] of endpoints.map(nameOf).entries()) {
    if (names.has(name)) {
      const message = `${name} is the name of another endpoint too; give each a name of its own`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    }
    names.add(name);
  }
}

export type EndpointOptions = z.infer<typeof endpointOptions>;

/** The given name, or host and path: what follows may hold secrets. */
export function nameOf({ name, url }: Pick<EndpointOptions, 'name' | 'url'>): string {
  if (name !== undefined) return name;
  const { host, pathname } = new URL(url);
  return host + (pathname === '/' ? '' : pathname);
}
