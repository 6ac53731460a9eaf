import { createHash } from 'node:crypto';

/**
 * Replaces each `#` by digits such as Python's object ids: fifteen where another follows, else six. They differ from
 * process to process, and from call to call.
 */
export function objectIds(life: string): (text: string) => string {
  let drawn = 0;
  const draw = (digits: number): string => {
    drawn += 1;
    const hash = createHash('sha256').update(`${life} ${drawn}`).digest('hex').slice(0, 12);
    return String(Number.parseInt(hash, 16)).padStart(digits, '0').slice(-digits);
  };
  return (text) => text.replaceAll(/#(?=_#)/g, () => `1${draw(14)}`).replaceAll('#', () => draw(6));
}
