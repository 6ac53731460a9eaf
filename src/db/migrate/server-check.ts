import type { Client } from 'pg';
import { z } from 'zod';
import { TelemetryError } from '../../runtime/errors.ts';
import { readOnlyAdvice } from '../failure.ts';

/** What a server says of itself and of the database. */
export interface ServerTraits {
  /** `17.2`, and as PostgreSQL counts: 170002. */
  readonly version: string;
  readonly versionNumber: number;
  /** Of the database's texts. */
  readonly encoding: string;
  /** Whether nobody may write, as on a standby. */
  readonly readOnly: boolean;
}

/** What a migration would do to the database. */
export interface Undertaking {
  /** Whether nothing of ours is there yet. */
  readonly isNew: boolean;
  /** Whether it writes; a role that does not own the tables finds everything made. */
  readonly writes: boolean;
}

const traitRows = z
  .array(
    z.object({
      version: z.string(),
      versionNumber: z.number(),
      encoding: z.string(),
      readOnly: z.boolean(),
    }),
  )
  .length(1);

const question = `select current_setting('server_version') as version, current_setting('server_version_num')::integer as "versionNumber",
  current_setting('server_encoding') as encoding, current_setting('transaction_read_only')::boolean as "readOnly"`;

/** Refuses a server or a database for which a migration would fail later, and in other words. */
export async function requireUsableServer(client: Client, undertaking: Undertaking): Promise<void> {
  const { rows } = await client.query(question);
  for (const traits of traitRows.parse(rows)) {
    const fault = serverFault(traits, undertaking);
    if (fault !== undefined) throw fault;
  }
}

/** To the latter, text is bytes. */
const completeEncodings = ['UTF8', 'SQL_ASCII'];

/** Why a database cannot be migrated, if so. */
export function serverFault(
  { version, versionNumber, encoding, readOnly }: ServerTraits,
  { isNew, writes }: Undertaking,
): TelemetryError | undefined {
  const lead = 'cannot migrate the database: ';
  if (versionNumber < 140_000) {
    const message = `${lead}the server is PostgreSQL ${version}, and 14 or newer is needed`;
    return new TelemetryError('database_schema', message);
  }
  if (readOnly && writes)
    return new TelemetryError('database_unavailable', `${lead}nothing can be written: ${readOnlyAdvice}`);
  if (!isNew || completeEncodings.includes(encoding)) return undefined;
  return new TelemetryError(
    'database_schema',
    `${lead}its encoding ${encoding} has not every character that names and attributes may have. ` +
      "Make another one with CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8'",
  );
}
