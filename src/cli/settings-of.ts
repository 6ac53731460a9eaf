import { readFileSync } from 'node:fs';
import { loadSettings } from '../config/load.ts';
import type { Settings, ValuesOf } from '../config/setting.ts';
import { serveSettings, writerSettings } from '../config/settings.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import { plainText } from '../runtime/plain-text.ts';

export type Flags = Readonly<Record<string, string | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of one section of the file; the empty name is its top level. */
export async function settingsOf<S extends Settings>(
  settings: S,
  {
    flags,
    env,
    section = '',
  }: { readonly flags: Flags; readonly env: Environment; readonly section?: '' | 'writer' },
): Promise<ValuesOf<S>> {
  const path = flags.config ?? plainText(env.TELEMETRY_CONFIG ?? '');
  if (path === '' && flags.config === undefined) {
    return loadSettings(settings, { flags, env, file: undefined });
  }
  // Loaded only here: most run without a file, and need no parser for it.
  const { parseSettingsFile } = await import('../config/settings-file.ts');
  const sections = parseSettingsFile(readSettingsFile(path), path, {
    '': serveSettings,
    writer: writerSettings,
  });
  return loadSettings(settings, { flags, env, file: { path, values: sections[section] ?? {} } });
}

/** By path: settings are asked for several times, and a pipe gives its text but once. */
const texts = new Map<string, string>();

function readSettingsFile(path: string): string {
  const known = texts.get(path);
  if (known !== undefined) return known;
  try {
    // Whatever else it is written in would come out as other names and other passwords.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    texts.set(path, text);
    return text;
  } catch (thrown) {
    throw new TelemetryError(
      'setting_invalid',
      `settings file ${path} cannot be read (${messageOf(thrown)}): give the path of a YAML file with --config or TELEMETRY_CONFIG`,
    );
  }
}
