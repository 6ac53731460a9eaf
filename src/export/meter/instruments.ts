import { ValueType } from '@opentelemetry/api';
import type { NumberKind } from '../../metric/define.ts';
import type { Logger } from '../../runtime/logger.ts';
import { FleetInstrument, type InstrumentDescriptor } from './instrument.ts';
import type { StampedMetricOptions } from './stamp.ts';

const validName = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

/** The instruments of one meter, in the order of their creation. */
export class Instruments {
  readonly #logger: Logger;
  readonly #instruments: FleetInstrument[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  [Symbol.iterator](): Iterator<FleetInstrument> {
    return this.#instruments.values();
  }

  /** The same instrument for the same name and kind. One that differs is kept beside the first, with a warning, as the specification wants it. */
  create(kind: NumberKind, name: string, options: StampedMetricOptions = {}): FleetInstrument {
    const instrument = new FleetInstrument(kind, describe(name, options));
    if (!validName.test(name)) {
      this.#logger.warn(
        `instrument name ${JSON.stringify(name)} is not valid: start with a letter, then at most 254 letters, digits and any of _ . - /`,
      );
    }
    const namesakes = this.#instruments.filter((known) => sameName(known, instrument));
    const twin = namesakes.find((known) => differences(known, instrument).length === 0);
    if (twin !== undefined) return this.#joined(twin, instrument);
    for (const known of namesakes) this.#warnOfConflict(known, instrument);
    this.#instruments.push(instrument);
    return instrument;
  }

  /** Of two descriptions the longer one stays. */
  #joined(twin: FleetInstrument, instrument: FleetInstrument): FleetInstrument {
    const { name, description } = instrument.descriptor;
    if (description === twin.descriptor.description) return twin;
    if (description.length > twin.descriptor.description.length) {
      twin.descriptor = { ...twin.descriptor, description };
    }
    this.#logger.warn(
      `instrument ${name} was created twice with different descriptions: the longer one is used`,
    );
    return twin;
  }

  #warnOfConflict(known: FleetInstrument, instrument: FleetInstrument): void {
    this.#logger.warn(
      `instrument ${instrument.descriptor.name} was created twice and differs in ${differences(known, instrument).join(', ')}: ` +
        'both are exported, but Prometheus shows neither; create both alike, or give one of them another name',
    );
  }
}

function describe(name: string, options: StampedMetricOptions): InstrumentDescriptor {
  const { description = '', unit = '', valueType = ValueType.DOUBLE, metadata } = options;
  return { name, description, unit, valueType, ...(metadata === undefined ? {} : { metadata }) };
}

/** Instrument names are not case-sensitive. */
function sameName(a: FleetInstrument, b: FleetInstrument): boolean {
  return a.descriptor.name.toLowerCase() === b.descriptor.name.toLowerCase();
}

function differences(a: FleetInstrument, b: FleetInstrument): readonly string[] {
  const valueTypeOf = ({ descriptor }: FleetInstrument): string =>
    ValueType[descriptor.valueType].toLowerCase();
  const aspects: readonly (readonly [string, string, string])[] = [
    ['kind', a.kind, b.kind],
    ['unit', a.descriptor.unit, b.descriptor.unit],
    ['value type', valueTypeOf(a), valueTypeOf(b)],
  ];
  return aspects
    .filter(([, of, with_]) => of !== with_)
    .map(([aspect, of, with_]) => `${aspect} (${of}, ${with_})`);
}
