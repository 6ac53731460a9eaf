import {
  compareVersions,
  hashOf,
  type ImageReference,
  isFixedTag,
  normalVersion,
  parseImage,
} from './image-reference.ts';

/** What one source says of an image. */
export interface BuildFacts {
  /** Of the image or of its manifest: equal ones prove the same build, while two that differ prove nothing. */
  readonly hashes: readonly string[];
  /** A version or commit that this build has been given. */
  readonly version: string | undefined;
  readonly image: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** All that is known of one build, from whatever sources. */
export interface Build {
  readonly hashes: Set<string>;
  readonly versions: Set<string>;
  readonly images: Set<string>;
  readonly tags: Set<string>;
  readonly digests: Set<string>;
}

export interface ImageWords {
  readonly image?: string | undefined;
  /** A tag alone, or a whole reference. */
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  /** Of the image itself, as an engine knows it. */
  readonly id?: string | undefined;
  /** As the software itself says. */
  readonly version?: string | undefined;
}

export function factsOf({ image, tag, digest, id, version }: ImageWords): BuildFacts {
  const name = image === undefined ? undefined : parseImage(image);
  const tagged =
    tag === undefined ? undefined : /[:/@]/.test(tag) ? parseImage(tag) : { tag, hash: undefined };
  const ownTag = tagged?.tag ?? name?.tag;
  const hashes = [hashOf(id), hashOf(digest), name?.hash, tagged?.hash].filter((hash) => hash !== undefined);
  return {
    hashes: [...new Set(hashes)],
    version: version ?? (ownTag !== undefined && isFixedTag(ownTag) ? ownTag : undefined),
    image: name?.repository === undefined ? referenceIn(tag) : image,
    tag: ownTag,
    digest: manifestDigest([hashOf(digest), repositoryHash(name), repositoryHash(tagged)]),
  };
}

/** Without a repository, what an engine shows is the id of the image. */
const repositoryHash = (reference: Partial<ImageReference> | undefined): string | undefined =>
  reference?.repository === undefined ? undefined : reference.hash;

function manifestDigest(hashes: readonly (string | undefined)[]): string | undefined {
  const whole = hashes.find((hash) => hash !== undefined && isWhole(hash));
  return whole === undefined ? undefined : hashMark(whole);
}

const referenceIn = (tag: string | undefined): string | undefined =>
  tag !== undefined && /[:/]/.test(tag) ? tag : undefined;

/** A tag that moves says nothing by itself, and then the version that somebody gives is all there is. */
export function factsIn(facts: BuildFacts, version: string | undefined): BuildFacts {
  const isTold = facts.hashes.length > 0 || facts.version !== undefined;
  return isTold ? facts : { ...facts, version };
}

/** Knows builds apart, and together: by hashes, which prove it, and by versions, which are taken at their word. */
export class BuildBook {
  readonly #builds = new Map<string, Build>();

  /** Short hashes come last, when there are whole ones to know them by. */
  constructor(all: readonly BuildFacts[]) {
    const isExact = ({ hashes }: BuildFacts): boolean => hashes.every(isWhole);
    for (const facts of all.filter(isExact)) this.learn(facts);
    for (const facts of all.filter((facts) => !isExact(facts))) this.learn(facts);
  }

  learn(facts: BuildFacts): void {
    const [build = emptyBuild(), ...others] = this.#known(facts);
    for (const other of others) absorb(build, other);
    addTo(build, facts);
    const marks = others.length === 0 ? marksOf(facts.hashes, facts.version) : marksOfBuild(build);
    for (const mark of marks) this.#builds.set(mark, build);
  }

  /** Undefined for what could be any build, such as a tag that moves. */
  find(facts: BuildFacts | undefined): Build | undefined {
    return facts === undefined ? undefined : [...this.#known(facts)][0];
  }

  #known({ hashes, version }: BuildFacts): ReadonlySet<Build> {
    const named = version === undefined ? undefined : this.#builds.get(versionMark(version));
    const known = [...hashes.map((hash) => this.#withHash(hash)), named];
    return new Set(known.filter((build) => build !== undefined));
  }

  /** A short hash is the one that is known to begin so, where there is but one. */
  #withHash(hash: string): Build | undefined {
    const start = hashMark(hash);
    const exact = this.#builds.get(start);
    if (exact !== undefined || isWhole(hash)) return exact;
    const longer = [...this.#builds].filter(([mark]) => mark.startsWith(start));
    const [first, ...others] = new Set(longer.map(([, build]) => build));
    return others.length === 0 ? first : undefined;
  }
}

/** A build of which nobody else tells, such as one that is known by a moving tag alone. */
export function strangerOf(facts: BuildFacts): Build {
  const build = emptyBuild();
  addTo(build, facts);
  return build;
}

const isWhole = (hash: string): boolean => hash.length === 64;
const hashMark = (hash: string): string => `sha256:${hash}`;
const versionMark = (version: string): string => `version:${normalVersion(version)}`;

const marksOf = (
  hashes: Iterable<string>,
  ...versions: readonly (string | undefined)[]
): readonly string[] => [
  ...[...hashes].map(hashMark),
  ...versions.filter((version) => version !== undefined).map(versionMark),
];

const marksOfBuild = ({ hashes, versions }: Build): readonly string[] => marksOf(hashes, ...versions);

const emptyBuild = (): Build => ({
  hashes: new Set(),
  versions: new Set(),
  images: new Set(),
  tags: new Set(),
  digests: new Set(),
});

function absorb(build: Build, other: Build): void {
  for (const hash of other.hashes) build.hashes.add(hash);
  for (const version of other.versions) build.versions.add(version);
  for (const image of other.images) build.images.add(image);
  for (const tag of other.tags) build.tags.add(tag);
  for (const digest of other.digests) build.digests.add(digest);
}

function addTo(build: Build, { hashes, version, image, tag, digest }: BuildFacts): void {
  for (const hash of hashes) build.hashes.add(hash);
  if (version !== undefined) build.versions.add(normalVersion(version));
  if (image !== undefined) build.images.add(image);
  if (tag !== undefined) build.tags.add(tag);
  if (digest !== undefined) build.digests.add(digest);
}

/** As `compareVersions`, for builds: undefined also where the versions of one of them disagree. */
export function compareBuilds(a: Build, b: Build): number | undefined {
  const signs = [...a.versions].flatMap((left) =>
    [...b.versions].map((right) => {
      const difference = compareVersions(left, right);
      return difference === undefined ? undefined : Math.sign(difference);
    }),
  );
  const [first] = signs;
  return signs.every((sign) => sign === first) ? first : undefined;
}
