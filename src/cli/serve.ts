import { hostname } from 'node:os';
import { completeUrl } from '../app/complete-url.ts';
import { startExporter } from '../app/exporter.ts';
import { serveSettings } from '../config/settings.ts';
import { systemClock } from '../runtime/clock.ts';
import { packageVersion } from '../runtime/package-version.ts';
import { plainText } from '../runtime/plain-text.ts';
import { createLogger } from './log.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type Environment, type Flags, settingsOf } from './settings-of.ts';
import { stateDirOf } from './state-dir.ts';
import { warnOfStrayVariables } from './stray-variables.ts';

const { enabled, logLevel, logFormat } = serveSettings;
const switches = { enabled, logLevel, logFormat };

/** Runs the exporter until a signal ends it. */
export async function serve(flags: Flags, environment: Environment): Promise<void> {
  const sources = { flags, env: environment };
  // By themselves: what is switched off has no use for the others, right or wrong.
  const { enabled: isOn, ...log } = await settingsOf(switches, sources);
  const logger = createLogger(log, (line) => process.stderr.write(line));
  warnOfStrayVariables(environment, logger);
  const switchedOff = isOn ? sdkDisabled(environment) : 'setting enabled is false';
  if (switchedOff !== undefined) {
    logger.info(`telemetry is switched off (${switchedOff}): nothing is started`);
    return;
  }
  const settings = await settingsOf(serveSettings, sources);
  const config = {
    ...settings,
    databaseUrl: completeUrl(settings.databaseUrl, environment),
    maintenanceDatabaseUrl: completeUrl(settings.maintenanceDatabaseUrl, environment),
    instance: settings.instance ?? hostname(),
    stateDir: stateDirOf(settings.stateDir, environment),
  };
  const deps = {
    version: packageVersion(),
    clock: systemClock,
    logger,
    environment: underFlags(flags, environment),
    cost: processCost,
  };
  await runUntilSignal((signal) => startExporter(config, { ...deps, signal }), logger);
}

/** OpenTelemetry's own switch. */
function sdkDisabled({ OTEL_SDK_DISABLED }: Environment): string | undefined {
  return plainText(OTEL_SDK_DISABLED ?? '').toLowerCase() === 'true'
    ? 'OTEL_SDK_DISABLED is true'
    : undefined;
}

/** A flag wins over the environment, so that an endpoint given by flag is pushed to, whatever variables name another one or none. */
function underFlags({ otlpEndpoint }: Flags, environment: Environment): Environment {
  if (otlpEndpoint === undefined) return environment;
  return {
    ...environment,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: undefined,
    OTEL_METRICS_EXPORTER: undefined,
  };
}

function processCost() {
  const { user, system } = process.cpuUsage();
  return {
    cpuUserSeconds: user / 1e6,
    cpuSystemSeconds: system / 1e6,
    residentBytes: process.memoryUsage.rss(),
  };
}
