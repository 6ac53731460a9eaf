import type { AppliedChange, RetentionInForce, RetentionRemark } from '../app/policies.ts';
import { shortDuration } from '../runtime/duration.ts';
import { bytesText, type TextColumn, textTable } from './text-table.ts';

/** Differences as a table, or these words where there is none. */
export function planText(changes: readonly AppliedChange[], none: string): string {
  return changes.length === 0 ? `${none}\n` : textTable(changeColumns, changes);
}

/** One line for each. */
export function remarkText(remarks: readonly RetentionRemark[]): string {
  return remarks
    .map(({ relation, setting, why, mend }) => `${setting} of ${relation}: ${why}; ${mend}\n`)
    .join('');
}

/** What is in force, as a table for people. */
export function shownText({ lines, remarks }: RetentionInForce): string {
  return [textTable(lineColumns, lines), ...remarks.map((remark) => `${remark}\n`)].join('');
}

const changeColumns: readonly TextColumn<AppliedChange>[] = [
  { title: 'TABLE', text: ({ relation }) => relation },
  { title: 'WHAT', text: ({ what }) => what },
  { title: 'FROM', text: ({ from }) => from },
  { title: 'TO', text: ({ to }) => to },
];

const duration = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : shortDuration(ms);
const time = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace(/\.\d+/, '');

const lineColumns: readonly TextColumn<RetentionInForce['lines'][number]>[] = [
  { title: 'TABLE', text: ({ name }) => name },
  { title: 'KEEP', text: ({ keep }) => duration(keep) },
  { title: 'COMPRESS', text: ({ compressAfter }) => duration(compressAfter) },
  { title: 'LATE', text: ({ late }) => duration(late) },
  { title: 'SIZE', text: ({ bytes }) => bytesText(bytes), right: true },
  { title: 'OLDEST ROW', text: ({ oldest }) => time(oldest) },
  { title: 'FILLED UNTIL', text: ({ filled }) => time(filled) },
  { title: 'KEPT BY', text: ({ keptBy }) => keptBy },
];
