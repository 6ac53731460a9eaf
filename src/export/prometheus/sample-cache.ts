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

  /** The labels and the line of the next sample. */
  next(writer: LabelWriter, attributes: Attributes, value: number): Readonly<Sample> {
    const known = this.#before[this.#samples.length];
    const sample =
      known !== undefined && known.attributes === attributes && known.writer === writer
        ? this.#renewed(known, value)
        : this.#made(writer, attributes, value);
    this.#samples.push(sample);
    return sample;
  }

  /** The samples as one text, given their lines. */
  textOf(lines: readonly string[]): string {
    const same = !this.#changed && this.#samples.length === this.#before.length;
    this.#text = (same ? this.#textBefore : undefined) ?? lines.join('');
    return this.#text;
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
