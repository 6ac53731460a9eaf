import { TelemetryError } from '../../runtime/errors.ts';
import { oneAtATime } from '../../runtime/one-at-a-time.ts';
import { openFile } from '../../runtime/open-file.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { AgentTarget, TokenReading } from '../agent-target.ts';
import { openFernet } from './fernet.ts';
import type { TokenState } from './sample.ts';
import type { KeyReading } from './token-key.ts';
import { nameOf } from './wording.ts';

type ReadToken = AgentTarget['token'];

/** Where the token of an agent comes from. Nothing here keeps one in clear that was not given so. */
export interface TokenSource {
  readonly check: (signal: AbortSignal) => Promise<TokenCheck>;
  readonly read: ReadToken;
}

export interface TokenCheck {
  /** Undefined where only asking would tell. */
  readonly state: TokenState | undefined;
  /** In words, where there is one that cannot be used. */
  readonly trouble: string | undefined;
}

const none: TokenReading = { outcome: 'none' };

export const noToken: TokenSource = {
  check: async () => checkOf(none, 'unreadable'),
  read: async () => none,
};

/** One that was given in clear. */
export function givenToken(token: string): TokenSource {
  const reading = checked(token, 'the token that was given for it');
  return {
    check: async () => checkOf(reading, 'unreadable'),
    read: async () => reading,
  };
}

const longestFileBytes = 64 * 1024;

export interface TokenFileOptions {
  /** Milliseconds that reading it may take: the targets of all other sources wait for it. */
  readonly timeoutMs?: number;
  readonly readText?: (path: string) => Promise<string>;
}

/** One in a file, which is read each time. */
export function tokenInFile(
  path: string,
  { timeoutMs = 1000, readText = textOf }: TokenFileOptions = {},
): TokenSource {
  const readOnce = oneAtATime(() => readText(path));
  const late = new TelemetryError('timeout', `the token file ${path} was not read in time`);
  const read = async (signal: AbortSignal): Promise<TokenReading> => {
    try {
      const text = await withinTime({ ms: timeoutMs, reason: late, signal }, readOnce);
      return checked(text.trim(), `what the token file ${path} holds`);
    } catch (thrown) {
      if (thrown === late) return unusable(`${late.message}; see whether its disk hangs`);
      signal.throwIfAborted();
      if (thrown instanceof TelemetryError)
        return unusable(`the token file ${path} is no file of up to 64 kB`);
      return unusable(`the token file ${path} cannot be read; see that it is there and may be read`);
    }
  };
  return {
    check: async (signal) => checkOf(await read(signal), 'unreadable'),
    read: ({ signal }) => read(signal),
  };
}

async function textOf(path: string): Promise<string> {
  await using file = await openFile(path);
  const { size } = await file.stat();
  if (size > longestFileBytes) throw new TelemetryError('protocol', 'it is over 64 kB');
  return await file.readFile('utf8');
}

/** One that a host's function gives; a function that was not called says nothing of its state. */
export function tokenOfHost(
  read: (options: Parameters<ReadToken>[0]) => Promise<string | undefined>,
): TokenSource {
  return {
    check: async () => ({ state: undefined, trouble: undefined }),
    read: async (options) => {
      let token: unknown;
      try {
        token = await read(options);
      } catch (thrown) {
        options.signal.throwIfAborted();
        // The words of a foreign error may hold the token.
        return unusable(`the host's function for its token failed with ${nameOf(thrown)}`);
      }
      if (token === undefined || token === null) return none;
      return typeof token === 'string'
        ? checked(token, "what the host's function gives as token")
        : unusable("what the host's function gives as token is no text");
    },
  };
}

export interface SealedTokenOptions {
  /** As the registry last read has it; undefined when it has none. */
  readonly sealed: (() => string) | undefined;
  readonly key: () => Promise<KeyReading>;
  /** As the registry has it now. */
  readonly readAgain: (signal: AbortSignal) => Promise<(() => string) | undefined>;
}

/** One of the registry: opened only when asked for. */
export function sealedToken({ sealed, key, readAgain }: SealedTokenOptions): TokenSource {
  return {
    check: async () => checkOf(await open(sealed, key), 'undecryptable'),
    read: async ({ fresh, signal }) => open(fresh ? await readAgain(signal) : sealed, key),
  };
}

async function open(
  sealed: (() => string) | undefined,
  key: () => Promise<KeyReading>,
): Promise<TokenReading> {
  if (sealed === undefined) return none;
  const reading = await key();
  if (reading.outcome === 'none')
    return unusable(`its token is sealed, and there is no key: ${reading.message}`);
  const opened = openFernet(reading.key, sealed());
  if (opened.outcome === 'opened') return checked(opened.text, 'its token');
  return unusable(
    opened.why === 'key'
      ? 'its token was sealed with another key than the one given, or was changed since'
      : 'what the registry has as its token is no Fernet text',
  );
}

/** What cannot stand in a header is no token. */
function checked(token: string, what: string): TokenReading {
  if (token === '') return unusable(`${what} is empty`);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return unusable(`${what} holds blanks or characters that no header can carry`);
  }
  return { outcome: 'token', token };
}

function unusable(message: string): TokenReading {
  return { outcome: 'unusable', message };
}

function checkOf(reading: TokenReading, broken: TokenState): TokenCheck {
  if (reading.outcome === 'unusable') return { state: broken, trouble: reading.message };
  return { state: reading.outcome === 'token' ? 'usable' : 'none', trouble: undefined };
}
