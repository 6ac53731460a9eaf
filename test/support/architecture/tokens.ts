export interface Token {
  readonly kind: 'word' | 'string' | 'template' | 'number' | 'regex' | 'punctuation';
  /** As written; of a template only the text of one of its parts. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

const blank = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const templatePart = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
const regexLiteral = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const patterns = [
  ['string', /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y],
  ['number', /\d[\w.]*/y],
  ['word', /[#@]?[\p{ID_Start}_$][\p{ID_Continue}$]*/uy],
  ['punctuation', /=>|[!=]==?|\?\?=?|\?\.|\.\.\.|&&|\|\||[\s\S]/y],
] as const;

/** After these a slash begins a regular expression, although they look like the end of a value. */
const expectValue = /^(return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield)$/;

/**
 * Splits TypeScript into tokens, comments left out. Enough to find imports, names and operators without being misled by
 * what stands in strings, templates, regular expressions and comments.
 */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** Open braces in each `${…}` that is under way. */
  const nested: number[] = [];
  let at = 0;
  let line = 1;

  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0] ?? '';
  };
  const take = (text: string): void => {
    line += text.split('\n').length - 1;
    at += text.length;
  };
  const push = (kind: Token['kind'], text: string): void => {
    tokens.push({ kind, text, start: at, end: at + text.length, line });
    take(text);
  };
  const takeTemplate = (): void => {
    take(source.charAt(at));
    push('template', match(templatePart));
    if (source.charAt(at) === '`') take('`');
    else if (source.startsWith('${', at)) {
      take('${');
      nested.push(0);
    }
  };

  for (take(match(blank)); at < source.length; take(match(blank))) {
    const next = source.charAt(at);
    const depth = nested.at(-1);
    const regex = next === '/' && mayBeginValue(tokens.at(-1)) ? match(regexLiteral) : '';
    if (next === '`' || (next === '}' && depth === 0)) {
      if (next === '}') nested.pop();
      takeTemplate();
    } else if (regex !== '') push('regex', regex);
    else {
      if (depth !== undefined) nested[nested.length - 1] = depth + braceStep(next);
      for (const [kind, pattern] of patterns) {
        const text = match(pattern);
        if (text === '') continue;
        push(kind, text);
        break;
      }
    }
  }
  return tokens;
}

function mayBeginValue(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'punctuation') return !/^[)\]}]$/.test(before.text);
  return before.kind === 'word' && expectValue.test(before.text);
}

function braceStep(text: string): number {
  if (text === '{') return 1;
  return text === '}' ? -1 : 0;
}
