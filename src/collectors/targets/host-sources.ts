import { z } from 'zod';
import { describeIssue, flag, word } from './fields.ts';
import type { Loaded } from './file-content.ts';
import { originOf } from './origin.ts';

/** The shape of CIRISManager's metadata.json, as far as it is read; times are RFC 3339. */
export interface RegistryDocument {
  readonly updated_at?: string | null;
  /** By any key; what an entry says itself counts. */
  readonly agents: Readonly<Record<string, RegistryDocumentEntry>>;
}

export interface RegistryDocumentEntry {
  readonly agent_id?: string | null;
  readonly occurrence_id?: string | null;
  /** `main` where it is missing. */
  readonly server_id?: string | null;
  readonly name?: string | null;
  readonly template?: string | null;
  readonly port?: number | null;
  readonly do_not_autostart?: boolean | null;
  readonly current_version?: string | null;
  readonly last_work_state_at?: string | null;
  readonly version_transitions?:
    | readonly {
        readonly timestamp?: string | null;
        readonly reached_work?: boolean | null;
        readonly work_state_at?: string | null;
      }[]
    | null;
  /** A Fernet text; one in clear is not accepted here. */
  readonly service_token?: string | null;
  readonly metadata?: {
    readonly canary_group?: string | null;
    readonly deployment?: string | null;
    readonly current_images?: Readonly<Record<string, string | null>> | null;
    readonly previous_images?: Readonly<Record<string, string | null>> | null;
    readonly version_history?:
      | readonly { readonly timestamp?: string | null; readonly agent_image?: string | null }[]
      | null;
  } | null;
}

/** An agent that a host names itself. */
export interface HostTarget {
  readonly agentId: string;
  /** `default` where it is missing. */
  readonly occurrenceId?: string;
  /** `main` where it is missing. */
  readonly serverId?: string;
  /** `http://host:port` */
  readonly url?: string;
  /** True where it is missing. */
  readonly expected?: boolean;
  /** The service token in clear, or a function that gives it when it is needed; `fresh` after the agent refused the last one. */
  readonly token?:
    | string
    | ((options: { readonly fresh: boolean; readonly signal: AbortSignal }) => Promise<string | undefined>);
}

/** What a host hands in instead of files. Each is called once for a snapshot, and has `sourceTimeout` seconds. */
export interface HostSources {
  /** Takes the place of metadata.json. */
  readonly registry?: (signal: AbortSignal) => Promise<RegistryDocument>;
  /** Agents beside those of the registry. */
  readonly targets?: (signal: AbortSignal) => Promise<readonly HostTarget[]>;
}

export interface HostTargets {
  readonly targets: readonly HostTargetRead[];
  readonly problems: readonly string[];
}

const origin = z
  .string()
  .refine((given) => originOf(given) !== undefined, 'expected http://host:port without a path')
  .optional();

const hostTarget = z.object({
  agentId: z.string().min(1).max(256),
  occurrenceId: word,
  serverId: word,
  url: origin,
  expected: flag,
  token: z
    .union([
      z.string(),
      z.custom<Exclude<HostTarget['token'], string | undefined>>((value) => typeof value === 'function'),
    ])
    .optional(),
});

export type HostTargetRead = z.infer<typeof hostTarget>;

/** Asks a host's function for targets. One bad target costs only itself. */
export function targetsOfHost(
  read: (signal: AbortSignal) => Promise<unknown>,
): (signal: AbortSignal) => Promise<Loaded<HostTargets>> {
  return async (signal) => {
    const list = z.array(z.unknown()).safeParse(await read(signal));
    if (list.data === undefined) {
      const message = "what the host's function gives as targets is no array";
      return { outcome: 'failed', failure: { type: 'protocol', message } };
    }
    const readings = list.data.map((value) => hostTarget.safeParse(value));
    const targets = readings.flatMap(({ data }) => (data === undefined ? [] : [data]));
    const problems = readings.flatMap(({ error }, index) =>
      error === undefined
        ? []
        : [`target ${index + 1} of the host is left out: ${error.issues.map(describeIssue).join('; ')}`],
    );
    return { outcome: 'content', content: { targets, problems }, writtenAt: undefined };
  };
}
