import { z } from 'zod';

const path = z.string().regex(/^[^~]/, { error: 'must be a path without ~' });

const managerUrl = z.string().refine(isPlainAddress, {
  error:
    'must be http:// or https:// with a host, and without /manager/v1, user, password, query or fragment',
});

function isPlainAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  if (/\/manager\/v1\/?$/.test(url.pathname)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** Where deployments are told of, and how long ended ones are shown. */
export const deploymentsOptions = z
  .strictObject({
    managerUrl: managerUrl
      .optional()
      .describe('Address of CIRISManager, without /manager/v1; asked only where there is a login too.'),
    managerToken: z
      .string()
      .min(1)
      .optional()
      .describe('Login for CIRISManager: a JWT, which it accepts for 24 h. Secret.'),
    managerTokenFile: path.optional().describe('File that holds the login; it is read anew each time.'),
    managerTimeout: z
      .number()
      .min(0.1)
      .max(600)
      .default(5)
      .describe('Seconds that CIRISManager has for one answer.'),
    deploymentState: path
      .optional()
      .describe(
        'deployment_state.json, read where CIRISManager cannot be asked. Otherwise /var/lib/ciris-manager/deployment_state.json where that is.',
      ),
    auditLog: path
      .optional()
      .describe('audit.jsonl of CIRISManager. Otherwise /var/log/ciris-manager/audit.jsonl where that is.'),
    keepDays: z
      .number()
      .min(0)
      .max(3650)
      .default(7)
      .describe('Days for which a deployment that has ended is shown.'),
  })
  .refine(
    ({ managerToken, managerTokenFile }) => managerToken === undefined || managerTokenFile === undefined,
    {
      error: 'managerToken and managerTokenFile cannot both be given',
    },
  );

export type DeploymentsOptions = z.infer<typeof deploymentsOptions>;
