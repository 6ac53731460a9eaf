import type { ClientBase } from 'pg';
import { z } from 'zod';
import { dataSchemaName } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';

const failedRows = z.array(z.object({ job: z.string(), message: z.string().nullable() }));

/**
 * What there is to say of the jobs of TimescaleDB whose last run failed; but for those that met somebody else at the same work, as
 * rounds of ours are, and try again.
 */
export async function failedJobs(client: ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query(
    `select format('job %s of TimescaleDB (%s of %s.%s)', job.job_id, job.proc_name,
         coalesce(aggregate.view_schema, job.hypertable_schema), coalesce(aggregate.view_name, job.hypertable_name)) as job,
       error.message
     from timescaledb_information.jobs as job join timescaledb_information.job_stats as stats using (job_id)
       left join timescaledb_information.continuous_aggregates as aggregate
       on aggregate.materialization_hypertable_schema = job.hypertable_schema
       and aggregate.materialization_hypertable_name = job.hypertable_name
       left join lateral (
         select err_message as message, sqlerrcode as code from timescaledb_information.job_errors as known
         where known.job_id = job.job_id order by finish_time desc nulls last limit 1) as error on true
     where stats.last_run_status = 'Failed' and coalesce(aggregate.view_schema, job.hypertable_schema) in ($1, $2)
       and error.code is distinct from '55P03'
     order by job.job_id`,
    [schemaName, dataSchemaName],
  );
  const failed = failedRows.parse(rows);
  const explained = failed.flatMap(({ job, message }) =>
    message === null ? [] : [`${job} failed: ${message}`],
  );
  // Said once of all, in the same words each time: after a start there may be dozens, and others a minute later.
  return explained.length === failed.length ? explained : [...explained, unexplained];
}

const unexplained =
  'some jobs of TimescaleDB failed and say no reason, as where the server has no background worker left to start them: they are tried ' +
  'again; if that goes on, raise max_worker_processes and timescaledb.max_background_workers, and see timescaledb_information.job_stats';
