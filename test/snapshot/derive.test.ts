import { describe, expect, it } from 'vitest';
import type { Derivation, Finding } from '../../src/collectors/collector.ts';
import { FindingBook } from '../../src/snapshot/findings.ts';
import { collectorOf, found, LogBook, rowOf, serviceOf } from './fakes.ts';

const twice: Finding = { kind: 'agent_claimed_twice', message: 'two containers say they are agent a' };

describe('derivations of a snapshot', () => {
  const counting: Derivation = {
    name: 'counting',
    derive: (rows, time) => ({ rows: [rowOf('count', String(rows.length), { time })], findings: [twice] }),
  };

  it('see the rows of all collectors and of the derivations before them', async () => {
    const { service } = serviceOf([collectorOf('a', async () => found(rowOf('thing', '1')))], {
      derivations: [counting, counting],
    });
    const { rows } = await service.collectNow();
    expect(rows.filter(({ entity }) => entity === 'count').map(({ identity }) => identity.id)).toEqual([
      '1',
      '2',
    ]);
  });

  it('cost only their own rows when they throw', async () => {
    const broken: Derivation = {
      name: 'broken',
      derive: () => {
        throw new Error('no');
      },
    };
    const { service, logger } = serviceOf([], { derivations: [broken, counting] });
    const { rows } = await service.collectNow();
    expect(rows.map(({ entity }) => entity)).toEqual(['count', 'fleet', 'finding', 'exporter']);
    expect(logger.lines).toContain('error deriving broken from a snapshot failed');
  });
});

describe('findings', () => {
  it('of collectors and derivations are in the snapshot in words, and in its rows as counts', async () => {
    const collected = { ...found(), findings: [twice, { ...twice, message: 'and two of b' }] };
    const { service } = serviceOf([collectorOf('a', async () => collected)]);
    const snapshot = await service.collectNow();
    expect(snapshot.findings).toHaveLength(2);
    expect(snapshot.rows.filter(({ entity }) => entity === 'finding')).toMatchObject([
      {
        identity: { 'service.instance.id': 'here', 'ciris.finding.kind': 'agent_claimed_twice' },
        values: { count: 2 },
      },
    ]);
  });

  it('are logged when they come up, not as long as they stay', () => {
    const log = new LogBook();
    const book = new FindingBook(log);
    for (const findings of [[twice], [twice], [], [twice]]) book.rows(findings, 'here', 0);
    expect(log.lines).toEqual([`warn ${twice.message}`, `warn ${twice.message}`]);
  });

  it('are logged for information where nothing is wrong', () => {
    const log = new LogBook();
    new FindingBook(log).rows([{ ...twice, level: 'info' }], 'here', 0);
    expect(log.lines).toEqual([`info ${twice.message}`]);
  });

  it('in great number take a bounded number of lines', () => {
    const log = new LogBook();
    const many = Array.from({ length: 50 }, (_, index) => ({ kind: 'a', message: `${index}` }));
    new FindingBook(log).rows(many, 'here', 0);
    expect(log.lines).toHaveLength(21);
    expect(log.lines.at(-1)).toBe('warn 30 more findings are not logged one by one');
  });
});
