import { expect, it } from 'vitest';
import { OutageLog } from '../../src/writer/outage-log.ts';
import { type LogLine, recordingLogger } from './support/writer-rig.ts';

it('an outage is told as each thing that it is met as, once, until it ends', () => {
  const lines: LogLine[] = [];
  const log = new OutageLog(recordingLogger(lines));
  log.end('back');
  for (const message of ['refused', 'starting', 'refused', 'starting']) log.met(message);
  log.end('back');
  log.end('back');
  log.met('refused');
  for (let other = 0; other < 30; other++) log.met(`other ${other}`);
  const said = lines.map(({ level, message }) => `${level} ${message}`);
  expect(said.slice(0, 5)).toEqual([
    'warn refused',
    'warn starting',
    'info back',
    'warn refused',
    'warn other 0',
  ]);
  expect(said).toHaveLength(3 + 20);
});
