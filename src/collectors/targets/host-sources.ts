import { z } from 'zod';
import { describeIssue, flag, line, word } from './fields.ts';
import type { Loaded } from './file-content.ts';
import { originOf } from './origin.ts';

/** What may be missing. */
type Told<T> = T | null | undefined;

/** The shape of CIRISManager's metadata.json, as far as it is read; times are RFC 3339. */
export interface RegistryDocument {
  readonly updated_at?: Told<string>;
  /** By any key; what an entry says itself counts. */
  readonly agents: Readonly<Record<string, RegistryDocumentEntry>>;
}

export interface RegistryDocumentEntry {
  readonly agent_id?: Told<string>;
  readonly occurrence_id?: Told<string>;
  /** `main` where it is missing. */
  readonly server_id?: Told<string>;
  readonly name?: Told<string>;
  readonly template?: Told<string>;
  readonly port?: Told<number>;
  readonly do_not_autostart?: Told<boolean>;
  readonly current_version?: Told<string>;
  readonly last_work_state_at?: Told<string>;
  /** The newest last. */
  readonly version_transitions?: Told<
    readonly {
      readonly timestamp?: Told<string>;
      readonly reached_work?: Told<boolean>;
      readonly work_state_at?: Told<string>;
    }[]
  >;
  /** A Fernet text; one in clear is not accepted here. */
  readonly service_token?: Told<string>;
  readonly metadata?: Told<{
    /** `explorer`, `early_adopter` or `general` */
    readonly canary_group?: Told<string>;
    readonly deployment?: Told<string>;
    readonly current_images?: Told<Readonly<Record<string, string | null>>>;
    readonly previous_images?: Told<Readonly<Record<string, string | null>>>;
    readonly version_history?: Told<
      readonly { readonly timestamp?: Told<string>; readonly agent_image?: Told<string> }[]
    >;
  }>;
}

/** An agent that a host names itself. */
export interface HostTarget {
  readonly agentId: string;
  /** `default` where it is missing. */
  readonly occurrenceId?: string | undefined;
  /** `main` where it is missing. */
  readonly serverId?: string | undefined;
  /** `http://host:port` */
  readonly url?: string | undefined;
  /** True where it is missing. */
  readonly expected?: boolean | undefined;
  /** The service token in clear, or a function that gives it when it is needed; `fresh` after the agent refused the last one. */
  readonly token?:
    | string
    | ((options: { readonly fresh: boolean; readonly signal: AbortSignal }) => Promise<string | undefined>)
    | undefined;
}

/** What a host hands in instead of files. Each is called once for a snapshot, and has `sourceTimeout` seconds. */
export interface HostSources {
  /** Takes the place of metadata.json. */
  readonly registry?: ((signal: AbortSignal) => Promise<RegistryDocument>) | undefined;
  /** Agents beside those of the registry. */
  readonly targets?: ((signal: AbortSignal) => Promise<readonly HostTarget[]>) | undefined;
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
  agentId: line,
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
