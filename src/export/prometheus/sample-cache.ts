import type { Attributes } from '@opentelemetry/api';
import type { LabelWriter, SampleWriter } from './labels.ts';
import { numberText } from './text.ts';

interface Sample {
  /** Undefined where the object may have changed by the next scrape. */
  readonly attributes: Attributes | undefined;
  readonly writer: LabelWriter;
  readonly labels: string;
  value: number;
  line: string;
}

/**
 * The samples of one family as they were written last. Scrape after scrape brings the same attribute objects in the same order, so
 * that a sample is found by its place and written anew only where its value has changed, and a family only where a sample has.
 */
export class SampleCache {
  readonly #write: SampleWriter;
  readonly #before: readonly Sample[];
  readonly #samples: Sample[] = [];
  readonly #textBefore: string | undefined;
  #text: string | undefined;
  #changed = false;

  constructor(write: SampleWriter, before?: SampleCache) {
    this.#write = write;
    this.#before = before === undefined ? [] : before.#samples;
    this.#textBefore = before === undefined ? undefined : before.#text;
  }

  add(writer: LabelWriter, attributes: Attributes, value: number): void {
    const known = this.#before[this.#samples.length];
    this.#samples.push(
      known !== undefined && known.attributes === attributes && known.writer === writer
        ? this.#renewed(known, value)
        : this.#made(writer, attributes, value),
    );
  }

  /** The lines of all samples, but for those whose labels are not new. */
  text(isNew: (labels: string) => boolean): string {
    const same = !this.#changed && this.#samples.length === this.#before.length;
    this.#text = (same ? this.#textBefore : undefined) ?? this.#joined(isNew);
    return this.#text;
  }

  #joined(isNew: (labels: string) => boolean): string {
    const lines: string[] = [];
    for (const { labels, line } of this.#samples) if (isNew(labels)) lines.push(line);
    return lines.join('');
  }

  #renewed(sample: Sample, value: number): Sample {
    if (!Object.is(sample.value, value)) {
      this.#changed = true;
      sample.value = value;
      sample.line = this.#write(sample.labels, numberText(value));
    }
    return sample;
  }

  #made(writer: LabelWriter, attributes: Attributes, value: number): Sample {
    this.#changed = true;
    const labels = writer.of(attributes);
    return {
      attributes: Object.isFrozen(attributes) ? attributes : undefined,
      writer,
      labels,
      value,
      line: this.#write(labels, numberText(value)),
    };
  }
}
