import type { ClientBase } from 'pg';
import { z } from 'zod';
import { type Resolution, resolutions } from '../../catalog/rollup.ts';

/** How far a rollup is stored; times in milliseconds since 1970. */
export interface RollupState {
  /** Whoever stores an older row says so. */
  readonly until: number;
  /** Buckets before this are stored; undefined while none are. */
  readonly filled: number | undefined;
}

const ms = z.coerce.number().nullable();
const stateRows = z.array(
  z.object({ relation: z.string(), resolution: z.enum(resolutions), until: ms, filled: ms }),
);

/** By relation and resolution, as in `container 5m`. */
export async function readRollupStates(client: ClientBase): Promise<ReadonlyMap<string, RollupState>> {
  const { rows } = await client.query(
    `select relation, resolution, extract(epoch from until) * 1000 as until, extract(epoch from filled) * 1000 as filled
     from telemetry.rollup_state`,
  );
  return new Map(
    stateRows.parse(rows).flatMap(({ relation, resolution, until, filled }) => {
      if (until === null) return [];
      return [[stateKey(relation, resolution), { until, filled: filled ?? undefined }] as const];
    }),
  );
}

export const stateKey = (relation: string, resolution: Resolution): string => `${relation} ${resolution}`;
