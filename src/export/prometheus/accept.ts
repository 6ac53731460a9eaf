/** One element of an `Accept` or `Accept-Encoding` header. */
export interface Range {
  /** Lower case, without parameters. */
  readonly value: string;
  /** Names in lower case; without `q`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0, never wanted, to 1. */
  readonly quality: number;
}

/** Reads a header of weighted choices; what is no element of such a list is passed over. */
export function parseRanges(header: string): readonly Range[] {
  return header.split(',').flatMap((element) => {
    const [value = '', ...rest] = element.split(';').map((part) => part.trim());
    if (value === '') return [];
    const parameters = new Map(rest.map(parameter));
    const quality = qualityOf(parameters.get('q'));
    parameters.delete('q');
    return [{ value: value.toLowerCase(), parameters, quality }];
  });
}

function parameter(text: string): readonly [string, string] {
  const [name = '', value = ''] = text.split('=', 2).map((part) => part.trim());
  return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')];
}

function qualityOf(text: string | undefined): number {
  const quality = text === '' ? Number.NaN : Number(text ?? 1);
  return Number.isNaN(quality) ? 1 : Math.min(Math.max(quality, 0), 1);
}

/** Whether a response may be gzipped: the client names gzip, or anything, and does not like it less than no coding. */
export function acceptsGzip(header: string | undefined): boolean {
  const ranges = parseRanges(header ?? '');
  const quality = (coding: string): number | undefined =>
    ranges.find(({ value }) => value === coding)?.quality;
  const gzip = quality('gzip') ?? quality('x-gzip') ?? quality('*') ?? 0;
  return gzip > 0 && gzip >= (quality('identity') ?? 0);
}
