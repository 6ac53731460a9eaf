import { z } from 'zod';

/** How agents are asked, and how often. */
export const agentsOptions = z.strictObject({
  requestTimeout: z
    .number()
    .min(0.1)
    .max(60)
    .default(5)
    .describe('Seconds that an agent has for one answer, from the connection to the end of its body.'),
  connectTimeout: z
    .number()
    .min(0.1)
    .max(60)
    .default(2)
    .describe('Seconds that a connection to an agent may take.'),
  healthInterval: z
    .number()
    .min(0)
    .max(3600)
    .default(5)
    .describe('Seconds at least between two requests for the health of an agent, which asks all its parts.'),
  overviewInterval: z
    .number()
    .min(60)
    .max(86_400)
    .default(300)
    .describe('Seconds between two requests for the overview of an agent, which is slow on a busy one.'),
  overviewTimeout: z
    .number()
    .min(0.1)
    .max(60)
    .default(10)
    .describe('Seconds that an agent has for its overview; no snapshot waits for it.'),
  requestsPerMinute: z
    .number()
    .int()
    .min(1)
    .max(60)
    .default(12)
    .describe(
      'Requests with a token to one agent within any minute; its manager shares the 60 that the agent allows.',
    ),
  requestsLeft: z
    .number()
    .int()
    .min(0)
    .max(60)
    .default(15)
    .describe('Requests that are left to the manager: at fewer, by the word of the agent, it is asked less.'),
  concurrency: z.number().int().min(1).max(1024).default(64).describe('Agents that are asked at once.'),
  downAfter: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe('Answers in a row that must fail before an agent counts as down.'),
  upAfter: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(1)
    .describe('Answers in a row that must succeed before an agent counts as up.'),
  maxServices: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Services of one agent that are shown; an agent with more is a finding.'),
  figuresMaxAge: z
    .number()
    .min(30)
    .max(3600)
    .default(90)
    .describe('Seconds for which the newest figures of an agent are shown while there are no newer ones.'),
});

export type AgentsOptions = z.infer<typeof agentsOptions>;
