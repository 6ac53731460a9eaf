import type { PoolClient } from 'pg';
import { z } from 'zod';
import { TelemetryError } from '../../runtime/errors.ts';
import { classifyFailure, describeFailure } from '../failure.ts';
import { bigintArray, jsonbArray, textArray } from '../rows/binary-array.ts';
import type { RefusedPoint } from './ports.ts';
import type { SeriesId } from './series-id.ts';
import type { Series } from './series-point.ts';

/** A series that may not be in the database yet. */
export interface Candidate {
  readonly series: Series;
  readonly id: SeriesId;
  readonly digest: Buffer;
}

/** What one statement holds at most. A resource comes again with each of its series, and some tell of whole command lines. */
const maxInStatement = { series: 5000, characters: 4 * 2 ** 20 };

/** Cuts candidates into parts that a statement can hold; one that is too long by itself is a part, and will be refused. */
export function statementParts(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const parts: Candidate[][] = [];
  let part: Candidate[] = [];
  let characters = 0;
  for (const candidate of candidates) {
    const length = lengthOf(candidate.series);
    const isFull = part.length === maxInStatement.series || characters + length > maxInStatement.characters;
    if (parts.length === 0 || isFull) {
      part = [];
      characters = 0;
      parts.push(part);
    }
    part.push(candidate);
    characters += length;
  }
  return parts;
}

function lengthOf({ group, attributes }: Series): number {
  const { name, unit, description, resource, resourceSchemaUrl, scope } = group;
  const texts = [name, unit, description, resource, resourceSchemaUrl, scope, attributes];
  return texts.reduce((length, text) => length + text.length, 0);
}

/** Why no point of a series can be stored. */
export type Refusal = Pick<RefusedPoint, 'cause' | 'reason'>;

/** It would take many times as much memory on its way, and be read with each of its points. */
const tooLong: Refusal = {
  cause: 'refused_row',
  reason: `the texts of its series have more than ${maxInStatement.characters} characters`,
};

const collision: Refusal = {
  cause: 'series_collision',
  reason: 'its series has the id of another series',
};

const arrays =
  '$1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[], ' +
  '$10::text[], $11::jsonb[], $12::jsonb[]';
const names =
  'id, hash, name, kind, unit, temporality, monotonic, description, resource, resource_schema_url, scope, attributes';

const insert = {
  name: 'insert series',
  text: `insert into telemetry.series (${names})
    select id, decode(hash, 'hex'), name, kind, unit, temporality, monotonic::boolean, description, resource,
      resource_schema_url, scope, attributes
    from unnest(${arrays}) as new (${names}) on conflict do nothing`,
};

const compare = {
  name: 'compare series',
  text: `select new.place::integer as place, (s.hash, s.name, s.kind, s.unit, s.temporality, s.monotonic, s.resource,
        s.resource_schema_url, s.scope, s.attributes)
      is not distinct from (decode(new.hash, 'hex'), new.name, new.kind, new.unit, new.temporality, new.monotonic::boolean,
        new.resource, new.resource_schema_url, new.scope, new.attributes) as same
    from unnest(${arrays}) with ordinality as new (${names}, place) join telemetry.series s on s.id = new.id`,
};

const comparedRows = z.array(z.object({ place: z.number(), same: z.boolean() }));

/**
 * Sees to it that series are in the database; each statement commits by itself, since a series without points does no harm. Candidates are
 * distinct and in the order of their ids. Gives those whose points cannot be stored.
 */
export async function ensureSeries(
  client: PoolClient,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<Candidate, Refusal>> {
  const refused = new Map<Candidate, Refusal>();
  const bearable = candidates.filter((candidate) => {
    const fits = lengthOf(candidate.series) <= maxInStatement.characters;
    if (!fits) refused.set(candidate, tooLong);
    return fits;
  });
  const absent = await findAbsent(client, bearable, refused);
  if (absent.length === 0) return refused;
  const made = await insertSeries(client, absent, refused);
  const taken = absent.filter((candidate) => !refused.has(candidate));
  // Where fewer were made, another writer was quicker, or an id is that of another series.
  if (made === taken.length) return refused;
  if ((await findAbsent(client, taken, refused)).length === 0) return refused;
  throw new TelemetryError(
    'database_unavailable',
    'rows of telemetry.series are gone as soon as they are made',
  );
}

/** Those that have no row; those whose id another series has, and those that the database cannot so much as read, are refused. */
async function findAbsent(
  client: PoolClient,
  candidates: readonly Candidate[],
  refused: Map<Candidate, Refusal>,
): Promise<readonly Candidate[]> {
  if (candidates.length === 0) return [];
  const found = await apart(candidates, refused, async (some) => {
    const { rows } = await client.query({ ...compare, values: columnsOf(some) });
    return comparedRows.parse(rows).map(({ place, same }) => [some[place - 1], same] as const);
  });
  const same = new Map(found.flat());
  for (const candidate of candidates) if (same.get(candidate) === false) refused.set(candidate, collision);
  return candidates.filter((candidate) => !same.has(candidate) && !refused.has(candidate));
}

/** Gives how many were made. */
async function insertSeries(
  client: PoolClient,
  candidates: readonly Candidate[],
  refused: Map<Candidate, Refusal>,
): Promise<number> {
  const made = await apart(candidates, refused, async (some) => {
    const { rowCount } = await client.query({ ...insert, values: columnsOf(some) });
    return rowCount ?? 0;
  });
  return made.reduce((sum, count) => sum + count, 0);
}

/** Does something with all, or with parts of them where the database does not take one: that one is found by halving, and refused. */
async function apart<T>(
  candidates: readonly Candidate[],
  refused: Map<Candidate, Refusal>,
  work: (some: readonly Candidate[]) => Promise<T>,
): Promise<readonly T[]> {
  try {
    return [await work(candidates)];
  } catch (thrown) {
    if (classifyFailure(thrown) !== 'row') throw thrown;
    const [only, ...others] = candidates;
    if (only !== undefined && others.length === 0) {
      refused.set(only, { cause: 'refused_row', reason: describeFailure(thrown) });
      return [];
    }
    const middle = Math.ceil(candidates.length / 2);
    const first = await apart(candidates.slice(0, middle), refused, work);
    return [...first, ...(await apart(candidates.slice(middle), refused, work))];
  }
}

function columnsOf(candidates: readonly Candidate[]): Buffer[] {
  const texts = (read: (candidate: Candidate) => string | undefined): Buffer =>
    textArray(candidates.length, (index) => {
      const candidate = candidates[index];
      return candidate === undefined ? undefined : read(candidate);
    });
  const documents = (read: (series: Series) => string): Buffer =>
    jsonbArray(candidates.length, (index) => {
      const candidate = candidates[index];
      return candidate === undefined ? undefined : read(candidate.series);
    });
  return [
    bigintArray(candidates.length, (index) => candidates[index]?.id.id),
    texts(({ digest }) => digest.toString('hex')),
    texts(({ series }) => series.group.name),
    texts(({ series }) => series.group.kind),
    texts(({ series }) => series.group.unit),
    texts(({ series }) => series.group.temporality),
    texts(({ series }) => series.group.monotonic?.toString()),
    texts(({ series }) => series.group.description),
    documents(({ group }) => group.resource),
    texts(({ series }) => series.group.resourceSchemaUrl),
    documents(({ group }) => group.scope),
    documents(({ attributes }) => attributes),
  ];
}
