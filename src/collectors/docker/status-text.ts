import type { HealthState } from './sample.ts';

/** What the words that an engine lists beside a container say: `Up 3 minutes (healthy)`, `Exited (137) 2 hours ago`. */
export interface StatusText {
  readonly exitCode: number | undefined;
  readonly health: HealthState | undefined;
  /** How long ago the container started or ended, as exactly as the words say. */
  readonly age: { readonly minSeconds: number; readonly maxSeconds: number } | undefined;
}

const unitSeconds: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
  month: 30 * 86_400,
  year: 365 * 86_400,
};

const agePattern = /(\d+|About an?|Less than a) (second|minute|hour|day|week|month|year)/;

export function readStatusText(text: string): StatusText {
  const exitCode = /^(?:Exited|Restarting) \((-?\d+)\)/.exec(text)?.[1];
  return {
    exitCode: exitCode === undefined ? undefined : Number(exitCode),
    health: readHealth(text),
    age: readAge(text),
  };
}

function readHealth(text: string): HealthState | undefined {
  if (text.endsWith('(healthy)')) return 'healthy';
  if (text.endsWith('(unhealthy)')) return 'unhealthy';
  return text.endsWith('(health: starting)') ? 'starting' : undefined;
}

/** Engines cut an age down to whole units, except that half an hour counts as one more hour. */
function readAge(text: string): StatusText['age'] {
  const [, amount, unit = ''] = agePattern.exec(text) ?? [];
  const seconds = unitSeconds[unit];
  if (amount === undefined || seconds === undefined) return undefined;
  if (amount === 'Less than a') return { minSeconds: 0, maxSeconds: seconds };
  const count = amount.startsWith('About') ? 1 : Number(amount);
  return { minSeconds: (count - 0.5) * seconds, maxSeconds: (count + 1) * seconds };
}
