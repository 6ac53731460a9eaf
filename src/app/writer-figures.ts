import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { type WriterSample, writer } from '../catalog/writer.ts';
import { createFleetMeter } from '../export/meter/fleet-meter.ts';
import { registerObservables } from '../export/observe.ts';
import { toRow } from '../metric/row.ts';
import { microsFromMs } from '../metric/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { WriterCore } from '../writer/core.ts';
import type { Admission } from '../writer/http/admission.ts';
import type { AnswerBook } from '../writer/http/answer-book.ts';

export interface WriterFiguresOptions {
  readonly instance: string;
  readonly version: string;
  readonly core: WriterCore;
  readonly answers: AnswerBook;
  readonly admission: Admission;
  readonly connections: () => WriterSample['connections'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Yields the writer's own figures as they stand at the moment of asking; its counters begin now. */
export function observeWriter(options: WriterFiguresOptions): MetricProducer {
  const { version, clock, logger } = options;
  const processStart = microsFromMs(clock.now());
  const meter = createFleetMeter({ scope: { name: 'ciris-telemetry', version }, clock, logger });
  registerObservables(meter, [writer], () => {
    const sample = { ...sampleOf(options), processStart };
    return [toRow(writer, sample, microsFromMs(clock.now()))];
  });
  return meter;
}

function sampleOf({
  instance,
  version,
  core,
  answers,
  admission,
  connections,
}: WriterFiguresOptions): Omit<WriterSample, 'processStart'> {
  const { typed, generic, events, rejected, strangers, repeatedKeys } = core.stats();
  const { byStatus, unanswered, broken } = answers.stats();
  return {
    instance,
    version,
    answers: byStatus,
    unanswered,
    broken,
    active: admission.load(),
    destinations: { typed, generic, events },
    rejected,
    strangers,
    repeatedKeys,
    connections: connections(),
  };
}
