/** One figure of one container, as OTLP in JSON. */
export interface ContainerPoint {
  readonly id: string;
  readonly timeMs: number;
  /** Of `container.uptime`. */
  readonly seconds?: number;
}

/** The points of all of them in one request, as the catalog knows them. */
export function containerRequest(points: readonly ContainerPoint[]): object {
  const dataPoints = points.map(({ id, timeMs, seconds = 0.5 }) => ({
    timeUnixNano: `${timeMs}000000`,
    asDouble: seconds,
    attributes: [attribute('ciris.server.id', 'by hand'), attribute('container.id', id)],
  }));
  const metrics = [{ name: 'container.uptime', unit: 's', gauge: { dataPoints } }];
  return { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] };
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** Sends a request to a receiver of OTLP. Exporters give up after ten seconds; on a busy machine an answer in time may take longer to get here. */
export async function postMetrics(url: string, request: object): Promise<Response> {
  return await fetch(`${url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(60_000),
  });
}

/** Sends it again, as exporters do, while a writer says that its database is too slow at the moment; gives any other answer. */
export async function postUntilAnswered(url: string, request: object): Promise<Response> {
  for (;;) {
    const response = await postMetrics(url, request);
    if (response.status !== 503) return response;
    if (!/did not answer in time/.test(await response.clone().text())) return response;
  }
}
