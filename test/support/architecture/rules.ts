import { dirname, normalize } from 'node:path/posix';
import { findCycles } from './cycles.ts';
import { matches } from './glob.ts';
import { findImports, type Import } from './imports.ts';
import { entryPoints, homes, layers, longestFile, packages } from './layers.ts';
import { type Token, tokenize } from './tokens.ts';

export interface Breach {
  readonly file: string;
  readonly rule: string;
  readonly message: string;
}

/** Sources by their path in the checkout, such as `src/metric/row.ts`. */
export type Sources = ReadonlyMap<string, string>;

interface Module {
  readonly file: string;
  readonly source: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

/** Everything in a set of files that breaks the architecture. */
export function findBreaches(sources: Sources): readonly Breach[] {
  const modules = [...sources].map(([file, source]): Module => {
    const tokens = tokenize(source);
    return { file, source, tokens, imports: findImports(tokens) };
  });
  return [
    ...modules.flatMap((module) => [
      ...checkLayer(module),
      ...checkPackages(module),
      ...checkReexports(module),
      ...checkName(module),
      ...checkSize(module),
      ...checkWords(module),
      ...checkSql(module),
      ...checkTypes(module),
    ]),
    ...checkCycles(modules),
  ];
}

function isOurs({ specifier }: Import): boolean {
  return specifier.startsWith('.');
}

function target(module: Module, { specifier }: Import): string {
  return normalize(`${dirname(module.file)}/${specifier}`);
}

function checkLayer(module: Module): readonly Breach[] {
  const { file, imports } = module;
  const layer = layers.find(({ files }) => matches(file, files));
  if (layer === undefined) return [breach(module, 'layer', 'is in no layer of the table')];
  return imports.filter(isOurs).flatMap((each) => {
    const path = target(module, each);
    if (path === 'package.json') return [];
    if (entryPoints.includes(path)) return [breach(module, 'entry-point', `imports ${path}`)];
    const allowed = layer.may.some((pattern) => matches(path, pattern.replace('<self>', selfOf(file))));
    return allowed ? [] : [breach(module, 'layer', `may not import ${path}`)];
  });
}

/** The folder that a file may use freely: its collector's, or the one below `src`. */
function selfOf(file: string): string {
  const depth = file.startsWith('src/collectors/') ? 3 : 2;
  return file.split('/').slice(0, depth).join('/');
}

function checkPackages(module: Module): readonly Breach[] {
  return module.imports
    .filter((each) => !isOurs(each))
    .flatMap(({ specifier }) => {
      if (specifier === '' && isIn(module, homes.unknownImport)) return [];
      if (specifier === '') return [breach(module, 'package', 'imports what only the running program knows')];
      const rule = packages.find(({ name }) => name.test(specifier));
      if (rule === undefined || isIn(module, rule.files)) return [];
      return [breach(module, 'package', `may not import ${specifier}`)];
    });
}

function checkReexports(module: Module): readonly Breach[] {
  return module.imports
    .filter(({ kind }) => kind === 'export')
    .flatMap((each) => {
      if (each.star) return [breach(module, 'barrel', `passes on everything of ${each.specifier}`)];
      return entryPoints.includes(module.file)
        ? []
        : [breach(module, 'barrel', `passes on ${each.specifier}`)];
    });
}

function checkName(module: Module): readonly Breach[] {
  const [, folder = '', name = ''] = /([^/]*)\/([^/]*?)(?:\.generated)?\.ts$/.exec(module.file) ?? [];
  const vague = /^(utils?|helpers?|commons?|misc|managers?|libs?)$/;
  const words = [...folder.split('-'), ...name.split('-')];
  const found = words.some((word) => vague.test(word))
    ? [breach(module, 'name', 'says nothing by its name')]
    : [];
  return /^[a-z0-9-]+$/.test(name) ? found : [...found, breach(module, 'name', 'is not named in kebab-case')];
}

function checkSize(module: Module): readonly Breach[] {
  const lines = module.source.trimEnd().split('\n').length;
  if (lines <= longestFile || module.file.endsWith('.generated.ts')) return [];
  return [breach(module, 'size', `has ${lines} lines, more than ${longestFile}`)];
}

function checkWords(module: Module): readonly Breach[] {
  return module.tokens.flatMap((token, index) => {
    if (token.kind !== 'word') return [];
    const [owner, dot] = [module.tokens[index - 2]?.text, module.tokens[index - 1]?.text];
    const isFree = dot !== '.' || owner === 'globalThis';
    const isKey = module.tokens[index + 1]?.text === ':' && dot !== '?';
    if (/^(process|console)$/.test(token.text) && isFree && !isKey && !isIn(module, homes.process)) {
      return [breach(module, 'process', `uses ${token.text}`, token)];
    }
    const isClock = token.text === 'now' && dot === '.' && /^(Date|performance)$/.test(owner ?? '');
    return isClock && !isIn(module, homes.clock)
      ? [breach(module, 'clock', `reads ${owner}.now`, token)]
      : [];
  });
}

const statement =
  /^['"\s]*(select\s[\s\S]*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|(create|alter|drop)\s+(table|schema|index|view|role)\s|with\s+\w+\s+as\s*\()/i;

function checkSql(module: Module): readonly Breach[] {
  if (isIn(module, homes.sql)) return [];
  return module.tokens
    .filter(({ kind, text }) => (kind === 'string' || kind === 'template') && statement.test(text))
    .map((token) => breach(module, 'sql', 'holds a statement of SQL', token));
}

/** Ways around the type checker: `any`, casts and non-null assertions. */
function checkTypes(module: Module): readonly Breach[] {
  const isInImport = (index: number) => module.imports.some(({ from, to }) => from < index && index < to);
  return module.tokens.flatMap((token, index) => {
    const before = module.tokens[index - 1];
    const after = module.tokens[index + 1]?.text ?? '';
    if (before === undefined || before.text === '.' || isInImport(index)) return [];
    if (token.text === '!' && before.end === token.start && /[\w$)\]]$/.test(before.text)) {
      return [breach(module, 'types', 'asserts that something is not null', token)];
    }
    if (token.kind !== 'word' || after === ':') return [];
    if (token.text === 'any') return [breach(module, 'types', 'uses any', token)];
    const isCast = token.text === 'as' && after !== 'const';
    return isCast ? [breach(module, 'types', 'casts with as', token)] : [];
  });
}

function checkCycles(modules: readonly Module[]): readonly Breach[] {
  const graph = new Map(
    modules.map((module) => [module.file, module.imports.filter(isOurs).map((each) => target(module, each))]),
  );
  return findCycles(graph).map((files) => ({
    file: files[0] ?? '',
    rule: 'cycle',
    message: `${files.join(', ')} import each other`,
  }));
}

function isIn({ file }: Module, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(file, pattern));
}

function breach({ file }: Module, rule: string, message: string, at?: Token): Breach {
  return { file, rule, message: `${file}${at === undefined ? '' : `:${at.line}`} ${message}` };
}
