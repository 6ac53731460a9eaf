import { z } from 'zod';
import { components, slots } from './sample.ts';

const text = z.string().min(1).max(512);

/** What a host says of the version of a component in one slot. */
export const versionRecord = z.object({
  component: z.enum(components),
  slot: z.enum(slots),
  image: text.optional().describe('As it was asked for: with tag or digest.'),
  tag: text.optional(),
  digest: text
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional()
    .describe('Of the manifest: sha256 and 64 digits.'),
  deploymentId: text.optional(),
  deployedAt: z.date().optional(),
});

export type VersionRecord = Readonly<z.infer<typeof versionRecord>>;

/** Gives all versions that the host knows; a component that none of them names is derived from the snapshot. */
export type ReadVersions = (signal: AbortSignal) => Promise<readonly VersionRecord[]>;
