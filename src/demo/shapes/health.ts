import { type Answer, envelope, type Moment, pythonTime } from './moment.ts';
import { providersOf } from './providers.ts';

/** The answer of `/v1/system/health`. */
export function health(moment: Moment): Answer {
  const { figures, shape, now } = moment;
  const isUp = figures.state !== undefined;
  const modelFails = shape.warnings && figures.llm.breaker === 'open';
  const status = modelFails ? 'degraded' : 'healthy';
  const services = Object.entries(providersOf(moment)).map(([type, available]) => {
    const healthy = type === 'llm' && modelFails ? 0 : available;
    return [type, { available, healthy }];
  });
  const data = {
    status: isUp ? status : shape.statusWhileStarting,
    version: figures.version,
    uptime_seconds: figures.uptimeSeconds,
    services: Object.fromEntries(services),
    initialization_complete: isUp || shape.statusWhileStarting === 'healthy',
    cognitive_state: figures.state ?? null,
    timestamp: pythonTime(now),
  };
  const warnings = { warnings: modelFails ? [providerFailed] : [], degraded_mode: modelFails };
  return envelope(shape.warnings ? { ...data, ...warnings } : data, moment);
}

const providerFailed = {
  code: 'llm_provider_failed',
  message: 'A provider of the language model fails (made up for the demo)',
  severity: 'warning',
  action_url: '/settings/llm',
};

/** The answer of `/health`, where there is one. */
export function rootHealth({ figures, shape }: Moment): Answer | undefined {
  const plain = { status: 'ok', version: figures.version, api: 'running' };
  switch (shape.rootHealth) {
    case 'absent':
      return undefined;
    case 'plain':
      return plain;
    case 'with_storage':
      return { ...plain, storage_descriptor: storage };
  }
}

const storage = {
  kind: 'software_file',
  hardware_type: null,
  blob_path: null,
  path: '/app/data/made_up.key',
  backend: null,
  scope: null,
};
