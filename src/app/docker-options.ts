import type { z } from 'zod';
import type { dockerOptions } from '../collectors/docker/options.ts';
import type { ValuesOf } from '../config/setting.ts';
import type { dockerSettings } from '../config/settings.ts';

/** The settings that name an engine, as the options of its collector; what is not set is left to its defaults. */
export function dockerOptionsOf(values: ValuesOf<typeof dockerSettings>): z.input<typeof dockerOptions> {
  const { serverId, dockerHost, dockerTlsVerify, dockerCertPath, dockerApiVersion, labels } = values;
  return { serverId, dockerHost, dockerTlsVerify, dockerCertPath, dockerApiVersion, labels };
}
