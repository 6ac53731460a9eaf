export interface Welcome {
  /** Of the exporter, without a path; undefined where its port is not known yet. */
  readonly url: string | undefined;
  readonly agents: number;
  readonly containers: string;
  readonly folder: string;
}

/** What a newcomer should know of the demo that has just started. */
export function welcome({ url, agents, containers, folder }: Welcome): string {
  const base = url ?? 'http://(see the line "serving" below)';
  return `
A simulated fleet of ${agents} agents on two servers runs on this machine. No figure of it is real, and no real fleet is read.

  Aurora, Basil and Cedar (two occurrences, on two servers) are brought from 2.8.13 to 2.9.33 by a canary rollout:
          one phase after the other, in the first minute
  Dune    has the oldest version, and simply works
  Ember   restarts after 15 seconds, and then every 5 minutes: its counters begin again at 0
  Fjord   hangs: it takes every connection and never answers
  Grove   answers 401 to every token: it is up, and nothing more is known of it
  Harbor  is stopped on purpose: it is not expected to answer
  Iris    has lost its language model: an open breaker and errors, until the model is back for two minutes
  Dune and Harbor are probed as public addresses are: one answers, one refuses.

  ${base}/metrics           what Prometheus reads: look for ciris_agent_, ciris_deployment_, ciris_endpoint_, ciris_fleet_
  ${base}/telemetry/status  the latest snapshot as JSON

  ${containers}
  The manager's files are in ${folder}. Ctrl+C ends everything and removes them.

`;
}
