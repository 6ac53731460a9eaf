/** One line of an exposition, or one result of an instant query. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleLine = /^([\w:]+)(?:\{(.*)\})? (\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples of Prometheus's text format; throws on a line that is neither a sample nor a comment. */
export function parseExposition(text: string): readonly Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, labels = '', value] = sampleLine.exec(line) ?? [];
    if (name === undefined) throw new Error(`This is no sample: ${line}`);
    const pairs = [...labels.matchAll(label)].map(([, key = '', quoted]) => [
      key,
      String(JSON.parse(`"${quoted}"`)),
    ]);
    return { name, labels: Object.fromEntries(pairs), value: Number(value) };
  });
}

/** Whether a sample has this name, and these labels at least. */
export function isSample(
  { name, labels }: Sample,
  wantedName: string,
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  return name === wantedName && Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** The value of the only sample of this name that has these labels; undefined when there is none. */
export function figureIn(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const [found, ...others] = samples.filter((sample) => isSample(sample, name, labels));
  if (others.length > 0) throw new Error(`${name} with ${JSON.stringify(labels)} is not one sample`);
  return found?.value;
}
