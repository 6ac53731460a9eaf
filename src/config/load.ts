import { withoutCredentials } from '../runtime/credentials.ts';
import { TelemetryError } from '../runtime/errors.ts';
import { plainText } from '../runtime/plain-text.ts';
import { type ItemFault, itemFaultOf } from './item-fault.ts';
import {
  fileKey,
  flagName,
  fromText,
  listIn,
  type Setting,
  type Settings,
  type ValuesOf,
} from './setting.ts';

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
    const plain = plainText(text ?? '');
    // An empty variable counts as not set, as everywhere in OpenTelemetry.
    if (text === undefined || plain === '') continue;
    return readText({ key, setting, text: setting.secret === true ? text : plain, origin: name });
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

/** Files of variables that come from Windows leave a carriage return behind; a secret may have whatever other blanks it has. */
function readText({ text: whole, ...given }: Given & { readonly text: string }): unknown {
  const text = given.setting.secret === true ? whole.replace(/[\r\n]+$/, '') : whole.trim();
  const read = fromText(given.setting, text);
  if (read !== undefined) return read.value;
  const fault = itemFaultOf(given.setting, listIn(text));
  throw fault === undefined ? notAccepted({ ...given, shown: `"${text}"` }) : itemNotAccepted(given, fault);
}

/** A value of the file; text is read as that of a variable is, so that `labels: a,b` and `interval: "10"` are what they look like. */
function readValue(value: unknown, given: Given): unknown {
  const { setting } = given;
  if (typeof value === 'string') return readText({ ...given, text: value });
  const parsed = setting.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fault = itemFaultOf(setting, value);
  if (fault !== undefined) throw itemNotAccepted(given, fault);
  // YAML makes a number of 1.44, and 1.5 of 1.50: only quotes keep such text as it was written.
  const wantsQuotes = value !== null && setting.schema.safeParse(String(value)).success;
  const accepts = wantsQuotes ? `${setting.accepts}, in quotes` : setting.accepts;
  throw notAccepted({ ...given, setting: { ...setting, accepts }, shown: showOf(value) });
}

function notAccepted({ key, setting, shown, origin }: Given & { readonly shown: string }): TelemetryError {
  const value = setting.secret === true ? 'a value that is not shown' : withoutSecrets(shown);
  return new TelemetryError(
    'setting_invalid',
    `setting ${flagName(key)}: ${value} (from ${origin}) is not accepted: give ${setting.accepts}`,
  );
}

function itemNotAccepted(
  { key, setting, origin }: Given,
  { shown, why, isWhole }: ItemFault,
): TelemetryError {
  const mends = [...(why === undefined ? [] : [why]), ...(isWhole ? [] : [`give ${setting.accepts}`])];
  return new TelemetryError(
    'setting_invalid',
    `setting ${flagName(key)}: ${withoutSecrets(shown)} (from ${origin}) is not accepted: ${mends.join('; ')}`,
  );
}

/** A list or mapping may hold anything, down to what is secret. */
function showOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' && value !== null ? 'a mapping' : JSON.stringify(value);
}

const withoutSecrets = (shown: string): string =>
  withoutCredentials(shown).replace(/(:\/\/[^\s"?]*)\?[^\s"]*/g, '$1?***');
