import { describe, expect, it } from 'vitest';
import { fileKey, flagName } from '../../src/config/setting.ts';
import { serveSettings, sharedSettings, writerSettings } from '../../src/config/settings.ts';
import { generateSettingsDoc } from '../../src/gen/settings-doc.ts';

describe('the reference of settings', () => {
  const { content } = generateSettingsDoc();
  const settings = { ...serveSettings, ...writerSettings, ...sharedSettings };

  it.each(Object.entries(settings))('has %s under all of its names', (key, { env, brief, onlyInFile }) => {
    const line = content
      .split('\n')
      .find((text) => text.includes(` \`${fileKey(key)}\` |`) && text.includes(brief));
    const first = onlyInFile === true ? 'in the file alone' : `\`--${flagName(key)}\``;
    expect(line?.startsWith(`| ${first} |`)).toBe(true);
    for (const name of env) expect(line).toContain(`\`${name}\``);
  });

  it('shows defaults, and says what applies where there is none', () => {
    expect(content).toContain('| `--interval` | `TELEMETRY_INTERVAL` | `interval` | `60` |');
    expect(content).toContain('| an embedded PostgreSQL in the state directory |');
  });
});
