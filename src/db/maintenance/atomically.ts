import type { ClientBase } from 'pg';

/** Does work in a transaction of a connection that is ours alone; a failure rolls it back and is thrown on. */
export async function atomically<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (thrown) {
    // A connection that is gone has rolled back already.
    await client.query('rollback').catch(() => {});
    throw thrown;
  }
}
