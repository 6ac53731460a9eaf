import { z } from 'zod';
import type { Micros } from '../../metric/time.ts';
import { readFields, time } from './fields.ts';
import type { AgentVersionSample } from './sample.ts';

export type AgentImage = Omit<AgentVersionSample, 'agentId' | 'occurrenceId' | 'serverId'>;

/** The manager writes words for what it does not know. */
const noImages: readonly unknown[] = [null, undefined, '', 'unknown', 'not available'];
const image = z
  .preprocess(
    (value) => (noImages.includes(value) ? undefined : value),
    z
      .string()
      .regex(/^\w[\w.:/@+-]{0,511}$/, 'expected an image')
      .optional(),
  )
  .optional();

const imageFields = z.object({
  current_images: z.unknown().optional(),
  previous_images: z.unknown().optional(),
  version_history: z.array(z.unknown()).nullish(),
});
const currentFields = z.object({ agent: image, agent_tag: image, gui: image });
const previousFields = z.object({ 'n-1': image, 'n-2': image });
/** The manager keeps no more than these, the newest at the end. */
const mostOrders = 10;
const orderFields = z.object({ timestamp: time, agent_image: image });

interface Order {
  readonly at: Micros;
  readonly image: string;
}

/** The images that an entry's `metadata` names. */
export function readImages(metadata: unknown): {
  readonly images: readonly AgentImage[];
  readonly problems: readonly string[];
} {
  const fields = readFields(imageFields, metadata, 'metadata');
  const current = readFields(currentFields, fields.data.current_images, 'current_images');
  const previous = readFields(previousFields, fields.data.previous_images, 'previous_images');
  const history = (fields.data.version_history ?? [])
    .slice(-mostOrders)
    .map((item) => readFields(orderFields, item, 'version_history'));
  const orders = history.flatMap(({ data: { timestamp, agent_image } }) =>
    timestamp === undefined || agent_image === undefined ? [] : [{ at: timestamp, image: agent_image }],
  );
  const { agent, agent_tag, gui } = current.data;
  const named = [
    { ...slotOf('current', agent_tag ?? agent, agent, orders), guiImage: gui },
    slotOf('previous', previous.data['n-1'], undefined, orders),
    slotOf('fallback', previous.data['n-2'], undefined, orders),
  ];
  return {
    images: named.filter((slot) => slot.image !== undefined || slot.digest !== undefined),
    problems: [fields, current, previous, ...history].flatMap(({ problems }) => problems),
  };
}

function slotOf(
  slot: AgentImage['slot'],
  named: string | undefined,
  resolved: string | undefined,
  orders: readonly Order[],
): AgentImage {
  const digest = digestOf(named) ?? digestOf(resolved);
  // A bare digest names no repository, so it is no image that could be pulled.
  const text = named === digest ? undefined : named;
  return {
    slot,
    image: text,
    tag: tagOf(text),
    digest,
    guiImage: undefined,
    deployedAt: orderedAt(slot, { text, digest }, orders),
  };
}

/** The newest order is of the current image or of none: an older one of that image was followed by others. */
function orderedAt(
  slot: AgentImage['slot'],
  { text, digest }: { readonly text: string | undefined; readonly digest: string | undefined },
  orders: readonly Order[],
): Micros | undefined {
  const newestFirst = orders.toSorted((a, b) => b.at - a.at);
  const candidates = slot === 'current' ? newestFirst.slice(0, 1) : newestFirst.slice(1);
  return candidates.find(({ image: ordered }) =>
    digest !== undefined && digestOf(ordered) === digest ? true : ordered === text,
  )?.at;
}

function digestOf(image: string | undefined): string | undefined {
  return /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(image ?? '')?.[1];
}

function tagOf(image: string | undefined): string | undefined {
  return /:([\w.-]+)(?:@[^@]*)?$/.exec(image?.split('/').at(-1) ?? '')?.[1];
}
