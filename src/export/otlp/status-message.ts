import { z } from 'zod';
import { isProtobuf, mediaTypeOf } from './media-type.ts';

const longest = 300;

/** What a failing receiver says in the body of its answer: a google.rpc.Status, or the text that a proxy has put there. */
export function statusMessage(contentType: string, body: Uint8Array): string {
  const isStatus = isProtobuf(mediaTypeOf(contentType)) || beginsAsStatus(body);
  // Some call by that name what is text all the same.
  const text = (isStatus ? protobufMessage(body) : '') || textMessage(body);
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, longest);
}

/** With the code or the message of a Status, which no text begins with. */
const beginsAsStatus = ([first]: Uint8Array): boolean => first === 0x08 || first === 0x12;

const status = z.object({ message: z.string() });

function textMessage(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  try {
    return status.parse(JSON.parse(text)).message;
  } catch {
    return text.replace(/<[^>]*>/g, ' ');
  }
}

/** Field 2 of a Status. Fields before it are passed over; anything unexpected ends the search. */
function protobufMessage(body: Uint8Array): string {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < body.length; shift *= 128) {
      const byte = body[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    return value;
  };
  while (at < body.length) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType !== 0 && wireType !== 2) return '';
    const value = varint();
    if (wireType === 0) continue;
    if (tag >> 3 === 2) return new TextDecoder().decode(body.subarray(at, at + value));
    at += value;
  }
  return '';
}
