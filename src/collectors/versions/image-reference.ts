/** The parts of an image reference such as `ghcr.io/owner/name:2.1.0@sha256:…`. */
export interface ImageReference {
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  /** In lower case and without `sha256:`; 12 digits at least, of which 64 are all. */
  readonly hash: string | undefined;
}

/** Fewer digits than an engine itself shows could be anybody's. */
const sha256 = /^(?:sha256:)?([0-9a-f]{12,64})$/;

/** The hexadecimal digits of a SHA-256, with or without `sha256:` in front; undefined for anything else. */
export function hashOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : sha256.exec(text.trim().toLowerCase())?.[1];
}

/** An engine shows an image whose name has gone to another one by its id alone. */
export function parseImage(text: string): ImageReference {
  const hash = hashOf(text);
  if (hash !== undefined) return { repository: undefined, tag: undefined, hash };
  const [name = '', digest] = text.trim().split('@');
  const colon = name.lastIndexOf(':');
  const tagged = colon > name.lastIndexOf('/');
  return {
    repository: (tagged ? name.slice(0, colon) : name) || undefined,
    tag: tagged ? name.slice(colon + 1) || undefined : undefined,
    hash: hashOf(digest),
  };
}

const versionTag = /\d+\.\d+\.\d+/;
const commitTag = /(^|-)[0-9a-f]{7,40}$/;

/** Whether a tag stays with what it was given to: a full version or a commit does, `latest`, `main` or `1.27` move on. */
export function isFixedTag(tag: string): boolean {
  return versionTag.test(tag) || (commitTag.test(tag) && /\d/.test(tag));
}

/** `v2.1.0` and `2.1.0` are one version. */
export function normalVersion(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^v(?=\d)/, '');
}

/** Below zero where `a` is the lower version, above zero where it is the higher; undefined where numbers do not tell. */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left === undefined || right === undefined) return undefined;
  const difference = left.map((part, index) => part - (right[index] ?? 0)).find((part) => part !== 0);
  return difference;
}

function numbersOf(version: string): readonly number[] | undefined {
  const parts = /^(\d+)\.(\d+)(?:\.(\d+))?(?!\.?\d)/.exec(version);
  return parts === null ? undefined : parts.slice(1).map((part) => Number(part ?? 0));
}
