/** A file that follows from definitions: committed, and never edited by hand. */
export interface Artifact {
  /** Relative to the checkout. */
  readonly path: string;
  readonly content: string;
}

export function jsonArtifact(path: string, value: unknown): Artifact {
  return { path, content: `${JSON.stringify(value, undefined, 2)}\n` };
}
