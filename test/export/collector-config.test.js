import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const queue = z.object({
  storage: z.string(),
  sizer: z.literal('items'),
  queue_size: z.number(),
  batch: z.object({ sizer: z.literal('items'), min_size: z.number(), max_size: z.number() }),
});
const config = z.object({
  receivers: z.object({
    otlp: z.object({ protocols: z.object({ http: z.object({ endpoint: z.string() }) }) }),
  }),
  processors: z.record(z.string(), z.unknown()),
  exporters: z.object({
    'otlp_http/writer': z.object({
      endpoint: z.string(),
      retry_on_failure: z.object({ max_elapsed_time: z.string() }),
      sending_queue: queue,
    }),
  }),
  extensions: z.object({ file_storage: z.object({ fsync: z.boolean() }) }),
  service: z.object({
    pipelines: z.object({
      metrics: z.object({ processors: z.array(z.string()), exporters: z.array(z.string()) }),
    }),
  }),
});
const text = await readFile(new URL('../../otel-collector-config.yaml', import.meta.url), 'utf8');
const { receivers, processors, exporters, extensions, service } = config.parse(parse(text));
const writer = exporters['otlp_http/writer'];
describe('the Collector configuration', () => {
  it('B76: makes no request that the writer would refuse for its size, with a kilobyte of attributes on each point', () => {
    const writerLimitBytes = 64 * 1024 ** 2;
    expect(writer.sending_queue.batch.max_size * 1024).toBeLessThan(writerLimitBytes / 2);
    expect(writer.sending_queue.batch.min_size).toBeLessThan(writer.sending_queue.batch.max_size);
  });
  it('B77: keeps ten minutes at 1000 points a second, on disk, and never gives up', () => {
    expect(writer.sending_queue.queue_size).toBeGreaterThanOrEqual(10 * 60 * 1000);
    expect(writer.sending_queue.storage).toBe('file_storage');
    expect(extensions.file_storage.fsync).toBe(true);
    expect(writer.retry_on_failure.max_elapsed_time).toBe('0s');
  });
  it('has no batch processor, which would lose what it holds', () => {
    expect(Object.keys(processors)).toEqual(['memory_limiter']);
    expect(service.pipelines.metrics).toMatchObject({
      processors: ['memory_limiter'],
      exporters: ['otlp_http/writer'],
    });
  });
  it('listens on the loopback and sends to the writer unless it is told otherwise', () => {
    expect(receivers.otlp.protocols.http.endpoint).toMatch(/:-127\.0\.0\.1:4318\}$/);
    expect(writer.endpoint).toMatch(/:-http:\/\/127\.0\.0\.1:4320\}$/);
  });
});
