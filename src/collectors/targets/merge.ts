import type { Finding } from '../collector.ts';
import type { Claim } from './claim.ts';
import { noToken } from './token-source.ts';
import { described, identityOf } from './wording.ts';

/** The agents that the claims are about, each once. */
export interface Merged {
  readonly claims: readonly Claim[];
  readonly findings: readonly Finding[];
}

/**
 * Claims in the order in which they are believed. A later one of the same agent is a finding, and adds only what
 * the first does not know.
 */
export function mergeClaims(claims: readonly Claim[]): Merged {
  const byIdentity = new Map<string, Claim>();
  const findings: Finding[] = [];
  for (const claim of claims) {
    const identity = identityOf(claim);
    const first = byIdentity.get(identity);
    if (first === undefined) {
      byIdentity.set(identity, claim);
      continue;
    }
    byIdentity.set(identity, {
      ...first,
      url: first.url ?? claim.url,
      expected: first.expected ?? claim.expected,
      token: first.token === noToken ? claim.token : first.token,
      entry: first.entry ?? claim.entry,
    });
    const message = `${described(claim)} is named by two sources, ${first.source} and ${claim.source}; what the first says counts: take it from one of them`;
    findings.push({ kind: 'target_claimed_twice', message });
  }
  return withoutSharedUrls([...byIdentity.values()], findings);
}

/**
 * An address belongs to one agent: figures of another must not go by its name. The manager gives out the port of
 * an entry again that a failed creation has left behind, so who was seen at work has it.
 */
function withoutSharedUrls(claims: readonly Claim[], before: readonly Finding[]): Merged {
  const findings = [...before];
  const losers = new Set<Claim>();
  for (const [url, sharing] of Map.groupBy(claims, (claim) => claim.url)) {
    if (url === undefined || sharing.length < 2) continue;
    const holder = holderOf(sharing);
    for (const claim of sharing) if (claim !== holder) losers.add(claim);
    const consequence =
      holder === undefined
        ? 'none of them is asked, as nothing tells whose it is'
        : `taken to be that of ${described(holder)}, and the rest is not asked`;
    const message = `${url} is given as the address of ${sharing.map(described).join(' and of ')}; ${consequence}: remove what is not true`;
    findings.push({ kind: 'port_claimed_twice', message });
  }
  return {
    claims: claims.map((claim) => (losers.has(claim) ? { ...claim, url: undefined } : claim)),
    findings,
  };
}

const signs: readonly ((claim: Claim) => boolean)[] = [
  ({ source }) => source !== 'registry',
  ({ entry }) => entry?.workNoted !== undefined || entry?.transition !== undefined,
  ({ expected }) => expected !== false,
];

/** The one for whom a sign speaks that speaks for no other, the strongest sign first; undefined when none tells. */
function holderOf(sharing: readonly Claim[]): Claim | undefined {
  let left = sharing;
  for (const sign of signs) {
    const marked = left.filter(sign);
    if (marked.length === 1) return marked[0];
    if (marked.length > 1) left = marked;
  }
  return undefined;
}
