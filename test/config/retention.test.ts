import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { retentionSettings } from '../../src/config/retention.ts';
import { parseSettingsFile } from '../../src/config/settings-file.ts';
import { dayMs, minuteMs } from '../../src/runtime/duration.ts';

function retentionIn(yaml: string) {
  const { '': values = {} } = parseSettingsFile(yaml, 'conf.yaml', { '': retentionSettings });
  return loadSettings(retentionSettings, { flags: {}, env: {}, file: { path: 'conf.yaml', values } })
    .retention;
}

const mend =
  'give a mapping of default, or the name of a table, to a mapping with raw, 5m, 1h, compress, late, each a duration such as 90m, 12h, 7d, 4w or 1y';

describe('the setting retention', () => {
  it('is read from the file', () => {
    const yaml =
      'retention: { default: {raw: 7d, 5m: 4w, 1h: 1y, compress: 6d, late: 90m}, container: {raw: 3d} }';
    expect(retentionIn(yaml)).toEqual({
      default: {
        raw: 7 * dayMs,
        '5m': 28 * dayMs,
        '1h': 365 * dayMs,
        compress: 6 * dayMs,
        late: 90 * minuteMs,
      },
      container: { raw: 3 * dayMs },
    });
  });

  it('need not be given', () => {
    expect(retentionIn('')).toBeUndefined();
  });

  it.each<[string, string, string]>([
    [
      'a duration that is none',
      'retention: {container: {raw: 7 days}}',
      'setting retention: raw of container, "7 days" (from retention in conf.yaml) is not accepted: give a duration such as 90m, 12h, 7d, 4w or 1y',
    ],
    [
      'a period that there is not',
      'retention: {container: {row: 7d}}',
      `setting retention: container with row (from retention in conf.yaml) is not accepted: ${mend}`,
    ],
    [
      'a duration without its table',
      'retention: {raw: 7d}',
      `setting retention: raw, "7d" (from retention in conf.yaml) is not accepted: expected object, received string; ${mend}`,
    ],
    [
      'a list',
      'retention: [7d]',
      `setting retention: a list (from retention in conf.yaml) is not accepted: ${mend}`,
    ],
  ])('refuses %s', (_what, yaml, message) => {
    expect(() => retentionIn(yaml)).toThrow(message);
  });
});
