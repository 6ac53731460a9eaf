import { describe, expect, it } from 'vitest';
import { bytesText, durationText, textTable } from '../../src/cli/text-table.ts';

describe('a table for people', () => {
  it('lines up texts to the left, figures to the right, and shows a dash for the unknown', () => {
    const rows = [
      { name: 'alpha', cpu: '0.50' },
      { name: 'b', cpu: undefined },
    ];
    const columns = [
      { title: 'NAME', text: (row: (typeof rows)[number]) => row.name },
      { title: 'CPU', text: (row: (typeof rows)[number]) => row.cpu, right: true },
    ];
    expect(textTable(columns, rows)).toBe('NAME    CPU\nalpha  0.50\nb         -\n');
  });

  it('lets no name leave its line, or control a terminal', () => {
    const columns = [{ title: 'NAME', text: (name: string) => name }];
    const names = ['a\nUP  yes', '\u001b[2J\u001b]0;b\u0007', 'c\u202ed', 'e\u2028f\r'];
    expect(textTable(columns, names)).toBe('NAME\na UP  yes\n [2J ]0;b\nc d\ne f\n');
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [33_554_432, '32.0 MiB'],
    [1536, '1.5 KiB'],
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it.each([
    [0.25, '0.3s'],
    [59, '59s'],
    [61, '1m 1s'],
    [3600, '1h'],
    [90_061, '1d 1h'],
    [86_400 * 3 + 59, '3d'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});
