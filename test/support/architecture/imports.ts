import type { Token } from './tokens.ts';

/** A dependency of a module on another: an import of any kind, types included, or a re-export. */
export interface Import {
  /** Empty where only the running program knows it. */
  readonly specifier: string;
  readonly kind: 'import' | 'export' | 'dynamic';
  /** `import * as x` and `export *`. */
  readonly star: boolean;
  readonly line: number;
  /** Indexes of its first and last token. */
  readonly from: number;
  readonly to: number;
}

/** The imports of a module. */
export function findImports(tokens: readonly Token[]): readonly Import[] {
  return tokens.flatMap((token, index) => {
    const isProperty = tokens[index - 1]?.text === '.' || tokens[index + 1]?.text === ':';
    if (token.kind !== 'word' || isProperty) return [];
    if (token.text === 'import') return findImport(tokens, index);
    return token.text === 'export' ? findReexport(tokens, index) : [];
  });
}

function findImport(tokens: readonly Token[], at: number): readonly Import[] {
  const next = tokens[at + 1];
  if (next?.text === '.') return [];
  if (next?.text === '(') return [found(tokens, 'dynamic', at, at + 2)];
  const to = tokens.findIndex(({ kind }, index) => index > at && kind === 'string');
  return [found(tokens, 'import', at, to)];
}

/** `export { a } from`, `export type { A } from`, `export * from`, `export * as a from`. */
function findReexport(tokens: readonly Token[], at: number): readonly Import[] {
  const first = tokens[at + 1]?.text === 'type' ? at + 2 : at + 1;
  const opener = tokens[first]?.text;
  const end = opener === '{' ? tokens.findIndex(({ text }, index) => index > first && text === '}') : first;
  if (opener !== '{' && opener !== '*') return [];
  const named = opener === '*' && tokens[end + 1]?.text === 'as' ? 2 : 0;
  const isReexport = tokens[end + 1 + named]?.text === 'from';
  return isReexport ? [found(tokens, 'export', at, end + 2 + named)] : [];
}

function found(tokens: readonly Token[], kind: Import['kind'], from: number, to: number): Import {
  const words = tokens.slice(from, to).map(({ text }) => text);
  return {
    specifier: literalAt(tokens, to) ?? '',
    kind,
    star: words.includes('*'),
    line: tokens[from]?.line ?? 0,
    from,
    to,
  };
}

function literalAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  if (token?.kind === 'string') return token.text.slice(1, -1);
  const isWhole = /^[,)]$/.test(tokens[at + 1]?.text ?? '');
  return token?.kind === 'template' && isWhole ? token.text : undefined;
}
