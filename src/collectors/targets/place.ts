import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../../runtime/errors.ts';

/** Where a file is: as it was given, as the file itself or its folder, or else in the first usual place that has it. */
export class Place {
  readonly #given: string | undefined;
  readonly #usual: readonly string[];
  readonly #fileName: string;
  /** A place that had the file once is its place: if it is gone from there, that is worth a word. */
  #found: string | undefined;

  constructor(given: string | undefined, usual: readonly string[], fileName: string) {
    this.#given = given;
    this.#usual = usual;
    this.#fileName = fileName;
  }

  /** The path as last seen; undefined while there is none. */
  get path(): string | undefined {
    return this.#found ?? this.#given;
  }

  /** Undefined when no place was given and no usual place has the file. */
  async find(): Promise<string | undefined> {
    if (this.#given !== undefined) {
      this.#found = (await isFolder(this.#given)) ? join(this.#given, this.#fileName) : this.#given;
    }
    for (const path of this.#found === undefined ? this.#usual : []) {
      if (await isThere(path)) {
        this.#found = path;
        break;
      }
    }
    return this.#found;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Opening it will say what is wrong with it.
    return false;
  }
}

/** True also of what may not be looked at: that should be said, not passed over. */
async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    return !['ENOENT', 'ENOTDIR'].includes(systemCodeOf(thrown) ?? '');
  }
}
