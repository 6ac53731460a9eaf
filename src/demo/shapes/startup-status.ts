import { type Answer, envelope, type Moment } from './moment.ts';

/** The answer of `/v1/system/startup-status`, where there is one; its phase stays as it is for ever after the start. */
export function startupStatus(moment: Moment): Answer | undefined {
  if (!moment.shape.startupStatus) return undefined;
  const data = {
    phase: 'RESUME (12 remaining services)',
    services_online: 22,
    services_total: 22,
    service_names: ['TimeService', 'ShutdownService', 'MemoryService'],
    api_status: 'server_ready',
    api_status_history: ['creating_api', 'binding_port', 'server_ready'],
  };
  return envelope(data, moment);
}
