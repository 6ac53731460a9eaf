import type { Payload, Sender, SendOutcome } from '../export/sender.ts';
import { messageOf } from '../runtime/errors.ts';
import type { WriterCore } from './core.ts';
import type { ReceiveOutcome } from './receive-outcome.ts';

/** Delivers to a writer within this process, which is closed with it. */
export function createLocalSender(core: WriterCore, target: string): Sender {
  return {
    target,
    send: async (payload: Payload, signal: AbortSignal): Promise<SendOutcome> => {
      try {
        return sendOutcomeOf(await core.receive(payload, signal));
      } catch (thrown) {
        // A fault of ours, which the same payload may well meet again.
        return { kind: 'retry', message: `the writer failed: ${messageOf(thrown)}`, suspect: true };
      }
    },
    close: () => core.close(),
  };
}

function sendOutcomeOf(outcome: ReceiveOutcome): SendOutcome {
  switch (outcome.kind) {
    case 'stored': {
      const { rejected, message } = outcome;
      return { kind: 'accepted', rejectedPoints: rejected, ...(message === undefined ? {} : { message }) };
    }
    case 'unavailable':
      return { kind: 'retry', message: outcome.message, afterMs: outcome.retryAfterMs };
    case 'undecodable':
    case 'too_large':
      return { kind: 'refused', message: outcome.message };
  }
}
