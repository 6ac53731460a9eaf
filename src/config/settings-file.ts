import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import { fileKey, type Settings } from './setting.ts';

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
