import { expect, it } from 'vitest';
import { OncePerChange } from '../../src/export/once-per-change.ts';
import { recordingLogger } from './support/recording-logger.ts';

it('tells of a condition once for each way in which it shows, and when it has ended', () => {
  const logger = recordingLogger();
  const standing = new OncePerChange(logger);
  for (const message of ['refused', 'refused', 'reset', 'refused', 'reset']) standing.warn('a', message);
  standing.warn('b', 'refused');
  standing.end('a', 'well');
  standing.end('a', 'well');
  standing.warn('a', 'refused');
  expect(logger.lines).toEqual([
    'warn: refused',
    'warn: reset',
    'warn: refused',
    'info: well',
    'warn: refused',
  ]);
});

it('ends to tell of a condition that shows in ever new ways', () => {
  const logger = recordingLogger();
  const standing = new OncePerChange(logger);
  for (let index = 0; index < 1000; index += 1) standing.warn('a', `took all but ${index} points`);
  expect(logger.lines).toHaveLength(20);
});
