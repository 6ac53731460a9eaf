import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { withoutCredentials } from '../runtime/credentials.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import { fileKey, flagName, fromText, type Setting, type Settings, type ValuesOf } from './setting.ts';

/** Where values come from; a flag wins over the environment, and that over the file. */
export interface Sources {
  /** As the command line gave them, by setting key. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Settings of the file, by file key, with the file's name for messages. */
  readonly file: { readonly path: string; readonly values: Readonly<Record<string, unknown>> } | undefined;
}

/** Puts settings together from their sources; a value that is not accepted is one clear line. */
export function loadSettings<S extends Settings>(settings: S, sources: Sources): ValuesOf<S>;
export function loadSettings(settings: Settings, sources: Sources): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [key, loadOne(key, setting, sources)]),
  );
}

function loadOne(key: string, setting: Setting<unknown>, { flags, env, file }: Sources): unknown {
  const flag = flags[key];
  if (flag !== undefined) return readText({ key, setting, text: flag, origin: `--${flagName(key)}` });
  for (const name of setting.env) {
    const text = env[name];
    // An empty variable counts as not set, as everywhere in OpenTelemetry.
    if (text !== undefined && text !== '') return readText({ key, setting, text, origin: name });
  }
  const given = file?.values[fileKey(key)];
  if (file === undefined || given === undefined) return setting.schema.parse(undefined);
  return readValue(given, { key, setting, origin: `${fileKey(key)} in ${file.path}` });
}

interface Given {
  readonly key: string;
  readonly setting: Setting<unknown>;
  readonly origin: string;
}

function readText({ text, ...given }: Given & { readonly text: string }): unknown {
  const read = fromText(given.setting, text);
  if (read === undefined) throw notAccepted({ ...given, shown: `"${text}"` });
  return read.value;
}

/** A value of the file; text is read as that of a variable is, so that `labels: a,b` and `interval: "10"` are what they look like. */
function readValue(value: unknown, given: Given): unknown {
  const { setting } = given;
  if (typeof value === 'string') return readText({ ...given, text: value });
  const parsed = setting.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // YAML makes a number of 1.44, and 1.5 of 1.50: only quotes keep such text as it was written.
  const wantsQuotes = value !== null && setting.schema.safeParse(String(value)).success;
  const accepts = wantsQuotes ? `${setting.accepts}, in quotes` : setting.accepts;
  throw notAccepted({ ...given, setting: { ...setting, accepts }, shown: JSON.stringify(value) });
}

function notAccepted({ key, setting, shown, origin }: Given & { readonly shown: string }): TelemetryError {
  const value = setting.secret === true ? 'a value that is not shown' : withoutCredentials(shown);
  return new TelemetryError(
    'setting_invalid',
    `setting ${flagName(key)}: ${value} (from ${origin}) is not accepted: give ${setting.accepts}`,
  );
}

/** Parses the text of a settings file and refuses keys that no setting has: a typing error must not pass as a default. */
export function parseSettingsFile(
  text: string,
  path: string,
  sections: Readonly<Record<string, Settings>>,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const document = readDocument(text, path);
  const { '': top = {}, ...nested } = sections;
  const values: Record<string, Readonly<Record<string, unknown>>> = {
    '': checkKeys(document, { settings: top, path, also: Object.keys(nested) }),
  };
  for (const [section, settings] of Object.entries(nested)) {
    const given = mapping.safeParse(document[section] ?? {});
    if (!given.success) throw badFile(path, `${section} must be a mapping of settings`);
    values[section] = checkKeys(given.data, { settings, path: `${path}, section ${section}`, also: [] });
  }
  return values;
}

const mapping = z.record(z.string(), z.unknown());

/** What is wrong is told by its place, never by quoting the file: the next word may be a password. */
function readDocument(text: string, path: string): Readonly<Record<string, unknown>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  // An unknown tag is only a warning to the parser, which then takes the value as if the tag were not there.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    const what = problem.code === 'MULTIPLE_DOCS' ? 'It holds more than one document' : problem.message;
    throw badFile(path, `${what} (line ${line}, column ${col})`);
  }
  const settings = mapping.safeParse(contentOf(document, path) ?? {});
  if (settings.success) return settings.data;
  throw badFile(path, 'it must be a mapping of settings to values');
}

function contentOf(document: { toJS(): unknown }, path: string): unknown {
  try {
    return document.toJS();
  } catch (thrown) {
    throw badFile(path, messageOf(thrown));
  }
}

function checkKeys(
  given: Readonly<Record<string, unknown>>,
  known: { readonly settings: Settings; readonly path: string; readonly also: readonly string[] },
): Readonly<Record<string, unknown>> {
  const keys = [...Object.keys(known.settings).map(fileKey), ...known.also];
  const unknown = Object.keys(given).filter((key) => !keys.includes(key));
  if (unknown.length > 0) {
    throw badFile(
      known.path,
      `there is no setting ${unknown.join(', ')}; the settings are ${keys.join(', ')}`,
    );
  }
  return given;
}

function badFile(path: string, problem: string): TelemetryError {
  return new TelemetryError('setting_invalid', `settings file ${path}: ${problem}`);
}
