import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { describeIssue, flag, line, path, word } from './fields.ts';
import { FileContent, type Loaded, type Parsed } from './file-content.ts';
import type { Place } from './place.ts';
import type { ServerEntry } from './server-entry.ts';

/** What config.yml says of servers; undefined where it names none, so that the manager's own default holds. */
export interface ServerList {
  readonly servers: readonly ServerEntry[] | undefined;
  readonly problems: readonly string[];
}

export type LoadServers = (signal: AbortSignal) => Promise<Loaded<ServerList>>;

/** Reads the servers of CIRISManager's config.yml by its path, each time. */
export function serversFile(place: Place, clock: Clock): LoadServers {
  let file: FileContent<ServerList> | undefined;
  return async (signal) => {
    const found = await place.find();
    if (found === undefined) return { outcome: 'absent' };
    // Loaded only here: most have no such file, and need no parser for it.
    const yaml = await import('yaml');
    file ??= new FileContent("CIRISManager's configuration", (text) => parseServers(text, yaml), clock);
    return file.load(found, signal);
  };
}

const configuration = z.object({ servers: z.array(z.unknown()).nullish() });
const entryFields = z.object({
  server_id: line,
  hostname: word,
  is_local: flag,
  vpc_ip: word,
  docker_host: word,
  tls_ca: path,
  tls_cert: path,
  tls_key: path,
});

function parseServers(
  text: string,
  { parse, YAMLError }: Pick<typeof import('yaml'), 'parse' | 'YAMLError'>,
): Parsed<ServerList> {
  let value: unknown;
  try {
    // The manager's reader follows YAML 1.1, in which "yes" is true.
    value = parse(text, { version: '1.1', logLevel: 'error', prettyErrors: false });
  } catch (thrown) {
    // Not the message, which may quote the text.
    const line =
      thrown instanceof YAMLError ? ` (line ${text.slice(0, thrown.pos[0]).split('\n').length})` : '';
    return { outcome: 'unreadable', message: `it is no YAML${line}` };
  }
  const { data, error } = configuration.safeParse(value ?? {});
  if (error !== undefined)
    return { outcome: 'unreadable', message: error.issues.map(describeIssue).join('; ') };
  if (data.servers === undefined || data.servers === null) {
    return { outcome: 'read', content: { servers: undefined, problems: [] } };
  }
  const readings = data.servers.map((entry) => entryFields.safeParse(entry));
  return {
    outcome: 'read',
    content: {
      servers: readings.flatMap(({ data }) =>
        data === undefined ? [] : [{ ...data, is_local: data.is_local ?? false }],
      ),
      problems: readings.flatMap(({ error }, index) =>
        error === undefined
          ? []
          : [`server ${index + 1} of config.yml is left out: ${error.issues.map(describeIssue).join('; ')}`],
      ),
    },
  };
}
