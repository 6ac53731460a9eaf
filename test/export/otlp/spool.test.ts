import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSpool, type SpoolOptions } from '../../../src/export/otlp/spool.ts';
import { syncDirectory } from '../../../src/export/otlp/spool-file.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { asNobody } from '../../collectors/docker/support.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { payloadOf, temporaryDirectory } from '../support/spooling.ts';

async function openIn(directory: string, options: Partial<SpoolOptions> = {}) {
  const spool = await openSpool({ directory, logger: silentLogger, ...options });
  /** Takes out what waits, oldest first. */
  const drain = async () => {
    const texts: string[] = [];
    for (let entry = await spool.oldest(); entry !== undefined; entry = await spool.oldest()) {
      texts.push(Buffer.from(entry.payload.bytes).toString());
      await spool.remove(entry);
    }
    return texts;
  };
  return { spool, drain };
}

describe('the spool', () => {
  it('gives back payloads with their encoding, in order, and again until they are removed', async () => {
    const { spool } = await openIn(await temporaryDirectory());
    await spool.append(payloadOf('one', 'json'));
    await spool.append(payloadOf('two'));
    expect((await spool.oldest())?.payload).toEqual(payloadOf('one', 'json'));
    const first = await spool.oldest();
    expect(first?.payload).toEqual(payloadOf('one', 'json'));
    if (first !== undefined) await spool.remove(first);
    expect((await spool.oldest())?.payload).toEqual(payloadOf('two'));
    expect(spool.stats()).toEqual({ entries: 1, bytes: 3, dropped: 0 });
  });

  it('holds over a restart, and goes on numbering', async () => {
    const directory = await temporaryDirectory();
    const before = await openIn(directory);
    for (const text of ['one', 'two']) await before.spool.append(payloadOf(text));
    const { spool, drain } = await openIn(directory);
    expect(spool.stats()).toEqual({ entries: 2, bytes: 6, dropped: 0 });
    await spool.append(payloadOf('three'));
    expect(await drain()).toEqual(['one', 'two', 'three']);
    expect(await readdir(directory)).toEqual([]);
  });

  it('keeps requests as they are sent, readable by the owner alone', async () => {
    const directory = join(await temporaryDirectory(), 'deep', 'spool');
    const { spool } = await openIn(directory);
    await spool.append(payloadOf('{"resourceMetrics":[]}', 'json'));
    const [name = ''] = await readdir(directory);
    expect(name).toMatch(/^000000000001-22-[0-9a-f]{8}\.json$/);
    expect(await readFile(join(directory, name), 'utf8')).toBe('{"resourceMetrics":[]}');
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('takes file systems as they are that cannot make the names in a directory durable', async () => {
    const directory = process.platform === 'linux' ? '/proc' : await temporaryDirectory();
    await expect(syncDirectory(directory)).resolves.toBeUndefined();
    await expect(syncDirectory(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves nothing behind that it could not make durable', async () => {
    await asNobody(async () => {
      const directory = await temporaryDirectory();
      const { spool } = await openIn(directory);
      await spool.append(payloadOf('one'));
      // The file can be made, and the directory not be opened.
      await chmod(directory, 0o300);
      await expect(spool.append(payloadOf('two'))).rejects.toMatchObject({ code: 'state_unusable' });
      await chmod(directory, 0o700);
      expect(await readdir(directory)).toHaveLength(1);
      expect(spool.stats()).toMatchObject({ entries: 1, dropped: 0 });
    });
  });

  it('clears away what a killed process left half written, and leaves foreign files alone', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, '000000000007-3-00000000.pb.tmp'), 'ha');
    const files = ['README', 'notes.tmp'];
    const folders = ['000000000008-2-00000000.json', 'folder.tmp'];
    for (const name of files) await writeFile(join(directory, name), 'not ours');
    for (const name of folders) await mkdir(join(directory, name));
    const { spool } = await openIn(directory);
    expect(spool.stats().entries).toBe(0);
    expect((await readdir(directory)).sort()).toEqual([...folders, ...files].sort());
  });

  it('drops, counts and names what is damaged or gone, and goes on with the next', async () => {
    const directory = await temporaryDirectory();
    const before = await openIn(directory);
    for (const text of ['cut off', 'changed', 'grown', 'whole']) await before.spool.append(payloadOf(text));
    const [cutOff = '', changed = '', grown = ''] = (await readdir(directory)).sort();
    await writeFile(join(directory, cutOff), 'cut');
    // More than could be read at once.
    await truncate(join(directory, grown), 2 ** 32);
    await writeFile(join(directory, changed), 'chXnged');
    const logger = recordingLogger();
    const { spool, drain } = await openIn(directory, { logger });
    expect(await drain()).toEqual(['whole']);
    expect(spool.stats()).toEqual({ entries: 0, bytes: 0, dropped: 3 });
    expect(logger.lines).toEqual([
      expect.stringContaining(`${cutOff} from ${directory}: its content is not what was written`),
      expect.stringContaining(changed),
      expect.stringContaining(grown),
    ]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('passes over what cannot be read for now, keeps it, and says so once', async () => {
    const directory = await temporaryDirectory();
    const logger = recordingLogger();
    const { spool, drain } = await openIn(directory, { logger });
    for (const text of ['one', 'two']) await spool.append(payloadOf(text));
    const [first = ''] = (await readdir(directory)).sort();
    await rename(join(directory, first), join(directory, 'aside'));
    // A link to itself: what the system says is neither that it is gone nor that it is damaged.
    await symlink(first, join(directory, first));
    expect(await drain()).toEqual(['two']);
    expect(await spool.oldest()).toBeUndefined();
    expect(spool.stats()).toEqual({ entries: 1, bytes: 3, dropped: 0 });
    await rename(join(directory, 'aside'), join(directory, first));
    expect(await drain()).toEqual(['one']);
    expect(logger.lines).toEqual([
      `warn: passed over snapshots that wait in ${directory} and cannot be read: ELOOP: too many symbolic links encountered`,
      'info: all waiting snapshots can be read again',
    ]);
  });

  it('drops the oldest when there are too many, and counts them', async () => {
    const { spool, drain } = await openIn(await temporaryDirectory(), { maxEntries: 2 });
    for (const text of ['1', '2', '3', '4']) await spool.append(payloadOf(text));
    expect(spool.stats()).toEqual({ entries: 2, bytes: 2, dropped: 2 });
    expect(await drain()).toEqual(['3', '4']);
  });

  it('drops the oldest when they are too big, but not the one that is being delivered', async () => {
    const { spool, drain } = await openIn(await temporaryDirectory(), { maxBytes: 10 });
    for (const text of ['aaaa', 'bbbb']) await spool.append(payloadOf(text));
    const underWay = await spool.oldest();
    await spool.append(payloadOf('cccc'));
    expect(spool.stats()).toEqual({ entries: 2, bytes: 8, dropped: 1 });
    if (underWay !== undefined) await spool.remove(underWay);
    expect(await drain()).toEqual(['cccc']);
  });

  it('refuses a payload that can never fit, and keeps what it has', async () => {
    const { spool } = await openIn(await temporaryDirectory(), { maxBytes: 4 });
    await spool.append(payloadOf('abc'));
    await expect(spool.append(payloadOf('too big'))).rejects.toMatchObject({ code: 'state_unusable' });
    expect(spool.stats()).toEqual({ entries: 1, bytes: 3, dropped: 0 });
  });

  it('opens on a full disk, as what waits there can be delivered, and is gone then', async () => {
    const directory = await temporaryDirectory();
    const before = await openIn(directory);
    await before.spool.append(payloadOf('one'));
    // All that is written there finds no room.
    await symlink('/dev/full', join(directory, 'probe'));
    const { drain } = await openIn(directory);
    expect(await drain()).toEqual(['one']);
    expect(await readdir(directory)).toEqual([]);
  });

  it('says clearly that a directory cannot be used', async () => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    await expect(openSpool({ directory: join(file, 'spool'), logger: silentLogger })).rejects.toMatchObject({
      code: 'state_unusable',
      message: expect.stringMatching(
        /^opening the spool .*file\/spool failed: .*; give the process a state directory/,
      ),
    });
  });
});
