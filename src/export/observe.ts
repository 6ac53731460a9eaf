import { type BatchObservableCallback, type Meter, type Observable, ValueType } from '@opentelemetry/api';
import { type Variant, variantsByName } from '../catalog/lookup.ts';
import type { AnyEntity, NumberMetric, StatesetMetric } from '../metric/define.ts';
import { type Attributes, infoMetricName, type Row, type Value } from '../metric/row.ts';
import type { Stamp, StampedMetricOptions, StampedResult } from './meter/stamp.ts';
import { AttributeMemo, type ThingAttributes } from './thing-attributes.ts';

/** A row as it is replayed: its attribute sets, and the stamps of its points. */
interface Turn {
  readonly row: Row;
  readonly thing: ThingAttributes;
  readonly stamp: Stamp;
  /** With the start of what counts. */
  readonly counterStamp: Stamp;
}

/** Writes the points of one row that concern one metric. */
type Replay = (result: StampedResult, turn: Turn) => void;

/** How the rows of one entity are replayed, and through which instruments. */
interface EntityReplay {
  readonly instruments: readonly Observable[];
  readonly replays: readonly Replay[];
}

/**
 * Registers the metrics of these entities on a meter, a host's own or ours: one observable instrument per metric name and
 * one batch callback, which replays the rows and does nothing else. What a row does not know yields no point; rows of other
 * entities are passed over.
 *
 * Returns the function that takes the callback off the meter again.
 */
export function registerObservables(
  meter: Meter,
  entities: readonly AnyEntity[],
  rows: () => readonly Row[],
): () => void {
  const byEntity = new Map(entities.map((entity) => [entity.name, replayOf(meter, entity)]));
  const instruments = [...byEntity.values()].flatMap((replay) => replay.instruments);
  const memo = new AttributeMemo();
  const callback: BatchObservableCallback = (result) => {
    const stamped: StampedResult = result;
    const current = rows();
    const things = memo.thingsOf(current);
    for (const [index, row] of current.entries()) {
      const entity = byEntity.get(row.entity);
      const thing = things[index];
      if (entity === undefined || thing === undefined) continue;
      const turn = turnOf(row, thing);
      for (const replay of entity.replays) replay(stamped, turn);
    }
  };
  meter.addBatchObservableCallback(callback, instruments);
  return () => meter.removeBatchObservableCallback(callback, instruments);
}

function turnOf(row: Row, thing: ThingAttributes): Turn {
  const stamp = { time: row.time };
  const counterStamp = row.start === undefined ? stamp : { time: row.time, start: row.start };
  return { row, thing, stamp, counterStamp };
}

function replayOf(meter: Meter, entity: AnyEntity): EntityReplay {
  const instruments: Observable[] = [];
  const replays: Replay[] = [];
  const add = ([instrument, replay]: readonly [Observable, Replay]): void => {
    instruments.push(instrument);
    replays.push(replay);
  };
  const tellsMore = Object.keys(entity.info).length > 0 || Object.keys(entity.infoMaps).length > 0;
  if (tellsMore) add(infoReplay(meter, entity));
  for (const [name, variants] of variantsByName(entity)) {
    const first = variants[0];
    if (first === undefined) continue;
    if (first.metric.kind === 'stateset') add(statesetReplay(meter, first.key, first.metric));
    else add(numberReplay(meter, name, first.metric, variants));
  }
  return { instruments, replays };
}

function infoReplay(meter: Meter, entity: AnyEntity): readonly [Observable, Replay] {
  const options: StampedMetricOptions = {
    description: entity.brief,
    valueType: ValueType.INT,
    metadata: { 'prometheus.type': 'info' },
  };
  const instrument = meter.createObservableGauge(infoMetricName(entity), options);
  return [
    instrument,
    (result, { row, thing, stamp }) => result.observe(instrument, 1, thing.withInfo(row.info), stamp),
  ];
}

function statesetReplay(
  meter: Meter,
  key: string,
  { name, brief, states }: StatesetMetric<never>,
): readonly [Observable, Replay] {
  const options: StampedMetricOptions = {
    description: brief,
    valueType: ValueType.INT,
    metadata: { 'prometheus.type': 'stateset' },
  };
  const instrument = meter.createObservableGauge(name, options);
  const points = states.map((state) => ({ state, key: `${name}=${state}`, constants: { [name]: state } }));
  const replay: Replay = (result, { row, thing, stamp }) => {
    const current = row.states[key];
    // A state outside the closed set would read as "in none of its states".
    if (current === undefined || !states.includes(current)) return;
    for (const point of points) {
      result.observe(
        instrument,
        Number(point.state === current),
        thing.with(point.key, point.constants),
        stamp,
      );
    }
  };
  return [instrument, replay];
}

function numberReplay(
  meter: Meter,
  name: string,
  metric: NumberMetric<never>,
  variants: readonly Variant[],
): readonly [Observable, Replay] {
  const instrument = createInstrument(meter, name, metric);
  const points = variants.map(({ key, with: constants }) => ({ key, constants, constant: keyOf(constants) }));
  const replay: Replay = (result, { row, thing, stamp, counterStamp }) => {
    for (const { key, constants, constant } of points) {
      const value = numberOf(row.values[key]);
      if (value === undefined) continue;
      const attributes = constant === '' ? thing.identity : thing.with(constant, constants);
      result.observe(instrument, value, attributes, metric.kind === 'counter' ? counterStamp : stamp);
    }
  };
  return [instrument, replay];
}

/** Instruments take no bigint, and a double that is only near it would be another figure. */
function numberOf(value: Value | undefined): number | undefined {
  if (typeof value !== 'bigint') return value;
  const double = Number(value);
  return Number.isSafeInteger(double) ? double : undefined;
}

function createInstrument(meter: Meter, name: string, metric: NumberMetric<never>): Observable {
  const options = {
    description: metric.brief,
    unit: metric.unit,
    valueType: metric.value === 'int' ? ValueType.INT : ValueType.DOUBLE,
  };
  if (metric.kind === 'counter') return meter.createObservableCounter(name, options);
  if (metric.kind === 'updowncounter') return meter.createObservableUpDownCounter(name, options);
  return meter.createObservableGauge(name, options);
}

const keyOf = (constants: Attributes): string =>
  Object.entries(constants)
    .map(([key, value]) => `${key}=${value}`)
    .join();
