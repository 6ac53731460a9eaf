import { oneLine } from './log.ts';

/** A column of a table for people. */
export interface TextColumn<T> {
  readonly title: string;
  /** Undefined where it is not known: shown as a dash. */
  readonly text: (row: T) => string | undefined;
  /** Figures stand to the right. */
  readonly right?: boolean;
}

/** Lines up rows under their titles. */
export function textTable<T>(columns: readonly TextColumn<T>[], rows: readonly T[]): string {
  const cells = rows.map((row) => columns.map(({ text }) => oneLine(text(row) ?? '-')));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.right === true ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)].map((text) => `${text}\n`).join('');
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `33554432` is `32.0 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit] ?? ''}`;
}

/** `90061` is `1d 1h`: the two largest parts. */
export function durationText(seconds: number): string {
  const sizes = [86_400, 3_600, 60, 1];
  const first = sizes.findIndex((size) => seconds >= size);
  if (first < 0) return `${seconds.toFixed(1)}s`;
  const units = ['d', 'h', 'm', 's'];
  const parts = [first, first + 1].flatMap((index) => {
    const size = sizes[index];
    if (size === undefined) return [];
    const whole = Math.floor((index === first ? seconds : seconds % (sizes[first] ?? 1)) / size);
    return index > first && whole === 0 ? [] : [`${whole}${units[index] ?? ''}`];
  });
  return parts.join(' ');
}
