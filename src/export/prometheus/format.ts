import { parseRanges, type Range } from './accept.ts';
import type { TranslationStrategy } from './options.ts';

/** A way to write an exposition down. */
export interface Format {
  readonly syntax: 'text' | 'openmetrics';
  /** Names keep the characters that only quoted names can have. */
  readonly utf8: boolean;
  readonly contentType: string;
}

interface Offer {
  readonly syntax: Format['syntax'];
  readonly mediaType: string;
  readonly version: string;
  /** Served only to a client that asks for this very version. */
  readonly byVersionOnly: boolean;
}

const text: Offer = { syntax: 'text', mediaType: 'text/plain', version: '0.0.4', byVersionOnly: false };

/** In the order of preference between what a client likes equally well. */
const offers: readonly Offer[] = [
  text,
  { syntax: 'text', mediaType: 'text/plain', version: '1.0.0', byVersionOnly: true },
  {
    syntax: 'openmetrics',
    mediaType: 'application/openmetrics-text',
    version: '1.0.0',
    byVersionOnly: false,
  },
];

/**
 * Chooses the format that the client likes best, the text format 0.0.4 when it names none that is served. OpenMetrics 1.0 has no counters
 * without `_total`, so strategies without suffixes are always answered in the text format.
 */
export function negotiateFormat(accept: string | undefined, strategy: TranslationStrategy): Format {
  const ranges = parseRanges(accept ?? '');
  const suffixes = hasSuffixes(strategy);
  const liked = offers
    .filter(({ syntax }) => suffixes || syntax === 'text')
    .flatMap((offer) => {
      const range = mostSpecific(ranges, offer);
      return range === undefined || range.quality === 0
        ? []
        : [{ offer, range, rank: ranges.indexOf(range) }];
    })
    .sort((a, b) => b.range.quality - a.range.quality || a.rank - b.rank)[0];
  return liked === undefined
    ? formatOf(text, undefined, strategy)
    : formatOf(liked.offer, liked.range, strategy);
}

export function hasSuffixes(strategy: TranslationStrategy): boolean {
  return strategy === 'UnderscoreEscapingWithSuffixes' || strategy === 'NoUTF8EscapingWithSuffixes';
}

function keepsUtf8(strategy: TranslationStrategy): boolean {
  return strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation';
}

/** The range that decides on an offer, by the rule that the more specific one does. */
function mostSpecific(ranges: readonly Range[], offer: Offer): Range | undefined {
  const specificity = (range: Range): number => {
    if (range.value === offer.mediaType) {
      const version = range.parameters.get('version');
      if (version !== undefined) return version === offer.version ? 4 : 0;
      return offer.byVersionOnly ? 0 : 3;
    }
    if (offer.byVersionOnly) return 0;
    if (range.value === '*/*') return 1;
    return range.value === `${offer.mediaType.split('/')[0]}/*` ? 2 : 0;
  };
  return ranges
    .filter((range) => specificity(range) > 0)
    .sort((a, b) => specificity(b) - specificity(a) || b.quality - a.quality)[0];
}

/** A client that speaks of escaping is told which one it got. */
function formatOf(offer: Offer, range: Range | undefined, strategy: TranslationStrategy): Format {
  const asked = range?.parameters.get('escaping');
  const utf8 = asked === 'allow-utf-8' && keepsUtf8(strategy);
  const escaping = asked === undefined ? '' : `; escaping=${utf8 ? 'allow-utf-8' : 'underscores'}`;
  return {
    syntax: offer.syntax,
    utf8,
    contentType: `${offer.mediaType}; version=${offer.version}; charset=utf-8${escaping}`,
  };
}
