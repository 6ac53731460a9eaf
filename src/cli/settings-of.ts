import { readFileSync } from 'node:fs';
import { loadSettings } from '../config/load.ts';
import type { Settings, ValuesOf } from '../config/setting.ts';
import { serveSettings, writerSettings } from '../config/settings.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';

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
  const path = flags.config ?? env.TELEMETRY_CONFIG;
  if (path === undefined || path === '') return loadSettings(settings, { flags, env, file: undefined });
  // Loaded only here: most run without a file, and need no parser for it.
  const { parseSettingsFile } = await import('../config/settings-file.ts');
  const sections = parseSettingsFile(readSettingsFile(path), path, {
    '': serveSettings,
    writer: writerSettings,
  });
  return loadSettings(settings, { flags, env, file: { path, values: sections[section] ?? {} } });
}

function readSettingsFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new TelemetryError(
      'setting_invalid',
      `settings file ${path} cannot be read (${messageOf(thrown)}): give the path of a YAML file with --config or TELEMETRY_CONFIG`,
    );
  }
}
