import { describe, expect, it } from 'vitest';
import { cleanName, prometheusName, unitWord } from '../../../src/catalog/prometheus-name.js';
import { gauge, openMetrics, point, scrape, sum } from '../support/metrics.js';

const escaped = { suffixes: true, utf8: false };
describe('names in Prometheus', () => {
  it.each([
    ['container.cpu.time', 'container_cpu_time'],
    ['a..b--c', 'a_b_c'],
    ['a__b', 'a_b'],
    ['2xx', '_2xx'],
    ['job:rate', 'job:rate'],
    ['größe', 'gr_e'],
  ])('P4: %s is cleaned to %s', (name, clean) => {
    expect(cleanName(name)).toBe(clean);
  });
  it.each([
    ['s', 'seconds'],
    ['ms', 'milliseconds'],
    ['min', 'minutes'],
    ['By', 'bytes'],
    ['KiBy', 'kibibytes'],
    ['GBy', 'gigabytes'],
    ['Cel', 'celsius'],
    ['%', 'percent'],
    ['USD', 'USD'],
    ['1', ''],
    ['', ''],
  ])('P5: the unit %s is %s', (unit, word) => {
    expect(unitWord(unit)).toBe(word);
  });
  it.each([
    ['{pid}', ''],
    ['{packet}/s', 'per_second'],
    ['By{transmitted}', 'bytes'],
  ])('P6: annotations add nothing: %s is "%s"', (unit, word) => {
    expect(unitWord(unit)).toBe(word);
  });
  it.each([
    ['By/s', 'bytes_per_second'],
    ['m/h', 'meters_per_hour'],
    ['{request}/min', 'per_minute'],
  ])('P7: a rate %s is %s', (unit, word) => {
    expect(unitWord(unit)).toBe(word);
  });
  it.each([
    ['container.cpu.time', 's', true, 'container_cpu_time_seconds_total'],
    ['container.memory.usage', 'By', false, 'container_memory_usage_bytes'],
    ['container.cpu.usage', '{cpu}', false, 'container_cpu_usage'],
    ['container.network.io', 'By', true, 'container_network_io_bytes_total'],
    ['ciris.container.pids', '{pid}', false, 'ciris_container_pids'],
    ['ciris.container.restarts', '{restart}', true, 'ciris_container_restarts_total'],
    ['queue.seconds', 's', false, 'queue_seconds'],
    ['seconds', 's', false, 'seconds'],
    ['requests.total', '', true, 'requests_total'],
    ['cpu.seconds.total', 's', true, 'cpu_seconds_total'],
    ['cpu.total', 's', true, 'cpu_seconds_total'],
    ['answers.total', '', false, 'answers_total'],
    ['milliseconds', 's', false, 'milliseconds_seconds'],
  ])('P8, P9, B28: %s in "%s", monotonic %s, is %s', (name, unit, monotonic, expected) => {
    expect(prometheusName({ name, unit, monotonic }, escaped)).toBe(expected);
  });
  it.each([
    ['UnderscoreEscapingWithSuffixes', '', 'a_b_seconds_total{k_v="1"} 2'],
    ['UnderscoreEscapingWithoutSuffixes', '', 'a_b{k_v="1"} 2'],
    ['NoUTF8EscapingWithSuffixes', '; escaping=allow-utf-8', '{"a.b_seconds_total","k.v"="1"} 2'],
    ['NoTranslation', '; escaping=allow-utf-8', '{"a.b","k.v"="1"} 2'],
    ['NoUTF8EscapingWithSuffixes', '', 'a_b_seconds_total{k_v="1"} 2'],
    ['NoTranslation', '; escaping=underscores', 'a_b{k_v="1"} 2'],
  ])('P28: %s, asked for with "%s", writes %s', async (translationStrategy, escaping, line) => {
    const metrics = [sum('a.b', [point(2, { 'k.v': '1' })], { unit: 's' })];
    const accept = `text/plain; version=1.0.0${escaping}`;
    expect(await scrape(metrics, { translationStrategy, accept })).toContain(`\n${line}\n`);
  });
  it('P28: names that are not plain are quoted in comments too', async () => {
    const body = await scrape([gauge('a.b', [point(1)], { description: 'What it is.' })], {
      translationStrategy: 'NoTranslation',
      accept: 'text/plain; version=1.0.0; escaping=allow-utf-8',
    });
    expect(body).toBe('# HELP "a.b" What it is.\n# TYPE "a.b" gauge\n{"a.b"} 1\n');
  });
  it('P28: strategies without suffixes are answered as text, for OpenMetrics could not name their counters', async () => {
    const body = await scrape([sum('a.b', [point(2)])], {
      translationStrategy: 'UnderscoreEscapingWithoutSuffixes',
      ...openMetrics,
    });
    expect(body).toBe('# TYPE a_b counter\na_b 2\n');
  });
});
