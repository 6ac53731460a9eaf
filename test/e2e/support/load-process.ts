import { join } from 'node:path';
import type { Row } from '../../../src/metric/row.ts';
import { judgeRows } from './judge-rows.ts';
import { readLoadLog } from './load-log.ts';
import { loadRows } from './load-rows.ts';
import { checkout } from './parts.ts';
import { succeed } from './program.ts';
import { type Service, startService } from './service.ts';
import { strangeRows } from './strange-rows.ts';

export interface LoadOptions {
  /** Base URL of the receiver. */
  readonly endpoint: string;
  /** Where its log is, and its spool when no other place is named. */
  readonly folder: string;
  readonly spool?: string;
  /** In each snapshot. */
  readonly containers?: number;
  readonly intervalMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The program of load-exporter.ts: an exporter under a load of its own making, whose log says what must be stored. */
export interface LoadProcess extends Service {
  /** Times of the snapshots so far, and of those that its spool had for good. */
  logged(): ReturnType<typeof readLoadLog>;
  /** Takes no more snapshots, and delivers all that wait. */
  drain(): Promise<void>;
  /** What is wrong with the rows that are stored, a line each. */
  judge(stored: readonly Row[]): readonly string[];
}

export async function startLoad(options: LoadOptions): Promise<LoadProcess> {
  const { endpoint, folder, spool = join(folder, 'spool'), containers = 40, intervalMs = 200, env } = options;
  const log = join(folder, 'log');
  const program = {
    command: join(checkout, 'node_modules/.bin/node'),
    args: [
      join(checkout, 'test/e2e/support/load-exporter.ts'),
      ...['--endpoint', endpoint, '--spool', spool, '--log', log],
      ...['--containers', String(containers), '--intervalMs', String(intervalMs)],
    ],
    env: { ...process.env, ...env },
  };
  const service = await startService({
    ...program,
    name: 'the exporter under load',
    ready: (running) => running.line(/taking snapshots/),
  });
  return {
    ...service,
    logged: () => readLoadLog(log),
    drain: async () => {
      await service.halt();
      await succeed({ ...program, args: [...program.args, '--drain'] });
    },
    judge: (stored) =>
      judgeRows({
        ...readLoadLog(log),
        rowsAt: (time) => [...loadRows(time, containers), ...strangeRows(time)],
        stored,
      }),
  };
}
