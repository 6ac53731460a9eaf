import { entityOf } from '../../metric/define.ts';
import { type EndpointSample, outcomes, type Phase } from './sample.ts';

const { entity, gauge, stateset } = entityOf<EndpointSample>();

const durationOf = (phase: Phase) =>
  gauge({
    name: 'ciris.endpoint.phase.duration',
    with: { 'ciris.endpoint.phase': phase },
    unit: 's',
    value: 'double',
    brief:
      'Time that one stage of the last probe took: dns, connect, tls, first_byte or body; absent for one that it did not finish.',
    read: (e) => e.phaseSeconds[phase],
  });

/** A public address, probed as its users would reach it. */
export const endpoint = entity({
  name: 'endpoint',
  brief: 'A public address, probed as its users would reach it.',
  identity: {
    'ciris.endpoint.name': {
      brief: 'Name of the address in the settings.',
      read: (e: EndpointSample) => e.name,
    },
  },
  info: {
    'url.full': { brief: 'The address, without user, password and query.', read: (e) => e.url },
    'error.type': {
      brief:
        'Code of the error, or the HTTP status that was not expected; absent while all is well. setting_invalid: not probed at all.',
      read: (e) => e.errorType,
    },
  },
  metrics: {
    up: gauge({
      name: 'ciris.endpoint.up',
      unit: '',
      value: 'int',
      brief: 'Whether the last probe came to its end and brought an expected status (1) or not (0).',
      read: ({ outcome }) => (outcome === undefined ? undefined : Number(outcome === 'ok')),
    }),
    outcome: stateset({
      name: 'ciris.endpoint.outcome',
      brief: 'How the last probe ended: the first thing that went wrong.',
      states: outcomes,
      read: (e) => e.outcome,
    }),
    statusCode: gauge({
      name: 'ciris.endpoint.status_code',
      unit: '',
      value: 'int',
      brief: 'HTTP status that came; that of a redirect where there is one, which is not followed.',
      read: (e) => e.statusCode,
    }),
    duration: gauge({
      name: 'ciris.endpoint.duration',
      unit: 's',
      value: 'double',
      brief: 'Time from the start of the last probe until it was over, well or not.',
      read: (e) => e.seconds,
    }),
    dnsDuration: durationOf('dns'),
    connectDuration: durationOf('connect'),
    tlsDuration: durationOf('tls'),
    firstByteDuration: durationOf('first_byte'),
    bodyDuration: durationOf('body'),
    certificateExpires: gauge({
      name: 'ciris.endpoint.certificate.expires',
      unit: 's',
      value: 'double',
      brief: 'When the certificate ceases to be valid, as seconds since the epoch, be it trusted or not.',
      read: ({ certificateExpires }) =>
        certificateExpires === undefined ? undefined : certificateExpires / 1e6,
    }),
    certificateRemaining: gauge({
      name: 'ciris.endpoint.certificate.remaining',
      unit: 's',
      value: 'double',
      brief: 'Time until the certificate ceases to be valid; below zero since it has.',
      read: ({ certificateExpires, time }) =>
        certificateExpires === undefined ? undefined : (certificateExpires - time) / 1e6,
    }),
  },
});
