import { expect } from 'vitest';
import type { Exit } from './program.ts';
import type { Service } from './service.ts';

/** A command of ours that was asked to end does so with 0; where a busy machine leaves it less time than it needs, with 1, and says so. */
export function expectEndedWell(service: Service, exit: Exit): void {
  const isLate = /stopping took longer than/.test(service.output());
  expect(exit).toEqual({ code: isLate ? 1 : 0, signal: null });
}
