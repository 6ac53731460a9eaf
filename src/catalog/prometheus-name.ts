/** Words of the UCUM units that Prometheus names spell out; a unit not listed is used as it is. */
const unitWords: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tebibytes'],
  ['kBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['%', 'percent'],
]);

/** The denominator of a rate is named in the singular: `By/s` is bytes_per_second. */
const perWords: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['min', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** A name that text formats accept: other characters become one underscore, and no digit leads. */
export function cleanName(name: string, allowed = /[^a-zA-Z0-9_:]+/g): string {
  const cleaned = name.replace(allowed, '_').replace(/_{2,}/g, '_');
  return /^\d/.test(cleaned) ? `_${cleaned}` : cleaned;
}

/** The unit in words, empty when it adds nothing to a name: annotations in braces and the unit `1` do not. */
export function unitWord(unit: string): string {
  const [numerator = '', ...denominators] = unit.replace(/\{[^}]*\}/g, '').split('/');
  const word = (text: string, words: ReadonlyMap<string, string>): string =>
    cleanName(words.get(text) ?? text);
  const over = denominators.filter((text) => text !== '').map((text) => `per_${word(text, perWords)}`);
  const above = numerator === '' || numerator === '1' ? [] : [word(numerator, unitWords)];
  return [...above, ...over].join('_').replace(/^_+|_+$/g, '');
}

/** What decides the name of a family in Prometheus. */
export interface Named {
  readonly name: string;
  readonly unit: string;
  /** A monotonic cumulative sum: a counter. */
  readonly monotonic: boolean;
}

/** How a name becomes one of Prometheus: without suffixes for unit and type, or with the characters that OpenTelemetry allows. */
export interface NameStyle {
  readonly suffixes: boolean;
  readonly utf8: boolean;
}

const defaultStyle: NameStyle = { suffixes: true, utf8: false };

/** `container.cpu.time` in `s`, monotonic, is `container_cpu_time_seconds_total`. */
export function prometheusName({ name, unit, monotonic }: Named, style = defaultStyle): string {
  const clean = style.utf8 ? name : cleanName(name);
  if (!style.suffixes) return clean;
  const word = unitWord(unit);
  let base = clean;
  if (monotonic && base.endsWith('_total')) base = base.slice(0, -'_total'.length);
  if (word !== '' && !base.endsWith(`_${word}`) && base !== word) base = withSuffix(base, word);
  return monotonic ? withSuffix(base, 'total') : base;
}

/** A name that already ends with an underscore gets no second one. */
function withSuffix(name: string, suffix: string): string {
  return name.endsWith('_') ? name + suffix : `${name}_${suffix}`;
}
