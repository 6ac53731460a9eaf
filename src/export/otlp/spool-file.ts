import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { systemCodeOf } from '../../runtime/errors.ts';
import { makeFolder } from '../../runtime/make-folder.ts';
import { openFile } from '../../runtime/open-file.ts';
import type { Payload } from '../sender.ts';

/** A payload on disk. All that is to be known of it is in its name, so that the file is the request's very bytes. */
export interface SpoolFile {
  readonly name: string;
  readonly number: number;
  readonly sizeBytes: number;
  readonly checksum: string;
  readonly encoding: Payload['encoding'];
}

const suffixes = { protobuf: 'pb', json: 'json' } as const;
const pattern = /^(\d{12})-(\d+)-([0-9a-f]{8})\.(pb|json)$/;
const temporary = '.tmp';

export function describeFile(number: number, { encoding, bytes }: Payload): SpoolFile {
  const checksum = checksumOf(bytes);
  const name = `${String(number).padStart(12, '0')}-${bytes.length}-${checksum}.${suffixes[encoding]}`;
  return { name, number, sizeBytes: bytes.length, checksum, encoding };
}

function parseName(name: string): SpoolFile | undefined {
  const [, number, size, checksum, suffix] = pattern.exec(name) ?? [];
  if (checksum === undefined) return undefined;
  const encoding = suffix === suffixes.json ? 'json' : 'protobuf';
  return { name, number: Number(number), sizeBytes: Number(size), checksum, encoding };
}

const checksumOf = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');

/** Makes the directory ready, proves that it may be written to, and lists what waits in it, oldest first. */
export async function prepareDirectory(directory: string): Promise<SpoolFile[]> {
  await makeFolder(directory, 0o700);
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((each) => each.isFile() || each.isSymbolicLink()).map(({ name }) => name);
  // A file that still has its temporary name was never whole.
  for (const name of names.filter(isUnfinished)) await rm(join(directory, name), { force: true });
  await probe(join(directory, 'probe'));
  return names.flatMap((name) => parseName(name) ?? []).sort((a, b) => a.number - b.number);
}

const isUnfinished = (name: string): boolean =>
  name.endsWith(temporary) && parseName(name.slice(0, -temporary.length)) !== undefined;

/** A full disk may have room again, not least because what waits on it is delivered. */
async function probe(path: string): Promise<void> {
  try {
    await writeDurably(path, Buffer.from('probe'));
  } catch (thrown) {
    if (!['ENOSPC', 'EDQUOT'].includes(systemCodeOf(thrown) ?? '')) throw thrown;
  } finally {
    await rm(path, { force: true });
  }
}

/** After this the payload survives a crash of the process and of the machine; before, there is no file of that name. */
export async function writeFileAtomically(
  directory: string,
  file: SpoolFile,
  bytes: Uint8Array,
): Promise<void> {
  const finished = join(directory, file.name);
  const unfinished = finished + temporary;
  try {
    await writeDurably(unfinished, bytes);
    await rename(unfinished, finished);
    await syncDirectory(directory);
  } catch (thrown) {
    // Left behind, neither would be counted, nor ever make room for another.
    for (const path of [unfinished, finished]) await rm(path, { force: true });
    throw thrown;
  }
}

/** The bytes, or undefined when they are not those that were written. */
export async function readWhole(directory: string, file: SpoolFile): Promise<Uint8Array | undefined> {
  await using handle = await openFile(join(directory, file.name));
  // What has become larger may be too large to be read.
  if ((await handle.stat()).size !== file.sizeBytes) return undefined;
  const bytes = await handle.readFile();
  return bytes.length === file.sizeBytes && checksumOf(bytes) === file.checksum ? bytes : undefined;
}

export async function deleteFile(directory: string, file: SpoolFile): Promise<void> {
  await rm(join(directory, file.name), { force: true });
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(path, 'w', 0o600);
  await handle.writeFile(bytes);
  await handle.sync();
}

/** What file systems say that cannot do so, as some of networks and of users' own: what is in a directory is durable there at once, or never. */
const unsupported: readonly (string | undefined)[] = [
  'EINVAL',
  'EBADF',
  'EISDIR',
  'EPERM',
  'ENOSYS',
  'ENOTSUP',
];

/** Makes the names in a directory durable, where its file system can. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync().catch((thrown: unknown) => {
    if (!unsupported.includes(systemCodeOf(thrown))) throw thrown;
  });
}
