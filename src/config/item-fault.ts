import type { z } from 'zod';
import type { Setting } from './setting.ts';

/** What is wrong within a list or a mapping. */
export interface ItemFault {
  /** Which field of which item, with its value where that may be shown. */
  readonly shown: string;
  /** Why, where the place alone does not say it. */
  readonly why: string | undefined;
  /** Whether `why` says what to give instead. */
  readonly isWhole: boolean;
}

type Issue = z.core.$ZodIssue;

/** The first thing that is wrong within a list or a mapping; undefined where what was given is neither, or wrong as a whole. */
export function itemFaultOf(setting: Setting<unknown>, value: unknown): ItemFault | undefined {
  const [issue] = setting.schema.safeParse(value).error?.issues ?? [];
  const [index, ...field] = issue?.path ?? [];
  if (issue === undefined || index === undefined) return undefined;
  const item = valueAt(value, [index]);
  const where = typeof index === 'number' ? `item ${index + 1}` : String(index);
  if (issue.code === 'unrecognized_keys') {
    return { shown: `${where} with ${issue.keys.join(', ')}`, why: undefined, isWhole: false };
  }
  const wrong = typeof item === 'object' ? valueAt(item, field) : item;
  if (wrong === undefined && issue.code === 'invalid_type') {
    return { shown: `${where} without ${field.join('.')}`, why: undefined, isWhole: false };
  }
  const place = field.length === 0 ? where : `${field.join('.')} of ${where}`;
  const isShown = setting.secret !== true && ['string', 'number', 'boolean'].includes(typeof wrong);
  return {
    shown: isShown ? `${place}, ${JSON.stringify(wrong)}` : place,
    why: wordsOf(issue, wrong),
    isWhole: issue.code === 'custom',
  };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (within, key) => (typeof within === 'object' && within !== null ? Reflect.get(within, key) : undefined),
    value,
  );
}

/** None of these quotes what was given. */
function wordsOf({ code, message, ...issue }: Issue, wrong: unknown): string | undefined {
  if (code === 'custom') return message;
  // What a pattern is, nobody wants to read.
  if (code === 'invalid_format' && message.startsWith('Invalid string')) return undefined;
  const wantsText = code === 'invalid_type' && 'expected' in issue && issue.expected === 'string';
  if (wantsText && typeof wrong === 'number') return 'expected text, in quotes';
  return message.replace(/^[\w ]+: /, '');
}
