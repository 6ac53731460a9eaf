// Not by its name: an old Node that has no such function must get as far as to be told that it is old.
import * as nodeModule from 'node:module';

/** A file of a package, by its place, and what is loaded in its stead. */
interface Replacement {
  readonly file: RegExp;
  readonly source: string;
  readonly format: 'commonjs' | 'module';
}

/** What packages load and nothing here uses: 30 MB of memory. A name that an import misses after all is an error as soon as we start. */
const unused: readonly Replacement[] = [
  // dockerode reaches engines by SSH and builds images with these.
  commonjs(/\/node_modules\/(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|tar-fs|@balena\/dockerignore)\//),
  // Streams as Node had them years ago; those that it has now can all the same.
  commonjs(/\/node_modules\/readable-stream\//, "module.exports = require('node:stream');"),
  // Fastify gets its compilers from us, but loads these first. A schema that came to them would else not be checked at all.
  commonjs(
    /\/node_modules\/@fastify\/(ajv-compiler|fast-json-stringify-compiler)\//,
    "module.exports = () => () => () => { throw new Error('a schema has no compiler of ours'); };",
  ),
  // Fastify behind a proxy that is trusted, and with plugins that name its version.
  commonjs(/\/node_modules\/(@fastify\/proxy-addr|semver)\//),
  // pino in a thread of its own.
  commonjs(/\/node_modules\/thread-stream\//),
  // zod in fifty languages, from and to JSON schemas, and compiled.
  module(/\/node_modules\/zod\/v4\/locales\/index\.js$/, "export { default as en } from './en.js';"),
  module(/\/node_modules\/zod\/v4\/core\/json-schema-processors\.js$/, absent('toJSONSchema')),
  module(/\/node_modules\/zod\/v4\/core\/json-schema-generator\.js$/, absent('JSONSchemaGenerator')),
  module(/\/node_modules\/zod\/v4\/classic\/from-json-schema\.js$/, absent('fromJSONSchema')),
  module(
    /\/node_modules\/zod\/v4\/core\/to-json-schema\.js$/,
    'const none = () => undefined; export { none as createToJSONSchemaMethod, none as createStandardJSONSchemaMethod };',
  ),
  module(
    /\/node_modules\/zod\/v4\/core\/compile\.js$/,
    absent('INVALID', 'ZodCompileAsyncError', 'ZodCompileUnsupportedError', 'compile', 'withParser'),
  ),
  // Ids of other kinds.
  module(/\/node_modules\/uuid\/dist-node\/index\.js$/, "export { default as v7 } from './v7.js';"),
  // OpenTelemetry's traces, logs and baggage, its meters and detectors, and its names of attributes of years ago.
  module(
    /\/node_modules\/@opentelemetry\/api\/dist\/index\.mjs$/,
    passingOnFrom({
      './context-api.mjs': ['context'],
      './context/context.mjs': ['createContextKey'],
      './diag-api.mjs': ['diag'],
      './metrics/Metric.mjs': ['ValueType'],
      './metrics/NoopMeter.mjs': ['createNoopMeter'],
    }),
  ),
  module(
    /\/node_modules\/@opentelemetry\/core\/dist\/index\.mjs$/,
    passingOnFrom({
      './ExportResult.mjs': ['ExportResultCode'],
      './common/attributes.mjs': ['isSimpleAttributeValue'],
      './common/global-error-handler.mjs': ['globalErrorHandler'],
      './common/time.mjs': [
        'hrTime',
        'hrTimeDuration',
        'hrTimeToMicroseconds',
        'hrTimeToMilliseconds',
        'hrTimeToNanoseconds',
        'hrTimeToSeconds',
        'millisToHrTime',
      ],
      '#platform': ['SDK_INFO', 'getStringFromEnv'],
    }),
  ),
  module(
    /\/node_modules\/@opentelemetry\/resources\/dist\/index\.mjs$/,
    passingOnFrom({ './ResourceImpl.mjs': ['defaultResource', 'emptyResource', 'resourceFromAttributes'] }),
  ),
  module(
    /\/node_modules\/@opentelemetry\/sdk-metrics\/dist\/index\.mjs$/,
    passingOnFrom({
      './export/AggregationTemporality.mjs': ['AggregationTemporality'],
      './export/MetricData.mjs': ['DataPointType', 'InstrumentType'],
      './export/MetricReader.mjs': ['MetricReader'],
      './view/AggregationOption.mjs': ['AggregationType'],
    }),
  ),
  module(
    /\/node_modules\/@opentelemetry\/otlp-transformer\/dist\/index\.mjs$/,
    passingOnFrom({
      './metrics/json/metrics.mjs': ['JsonMetricsSerializer'],
      './metrics/protobuf/metrics.mjs': ['ProtobufMetricsSerializer'],
    }),
  ),
  module(
    /\/node_modules\/@opentelemetry\/semantic-conventions\/dist\/index\.mjs$/,
    "export * from './stable_attributes.mjs';",
  ),
  // Imported as it is, `node:http` is asked for each of its names, and these bring the whole of `fetch` and of HTTP/2 with them.
  module(/^node:http$/, passingOnBut('node:http', ['WebSocket', 'CloseEvent', 'MessageEvent'])),
];

function commonjs(file: RegExp, source = 'module.exports = {};'): Replacement {
  return { file, source, format: 'commonjs' };
}

function module(file: RegExp, source: string): Replacement {
  return { file, source, format: 'module' };
}

/** The text of a module whose names are there, for those that import them, and are nothing. */
function absent(...names: readonly string[]): string {
  return `const nothing = undefined; export { ${names.map((name) => `nothing as ${name}`).join(', ')} };`;
}

/** The text of a module that passes on names of others. */
function passingOnFrom(names: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(names)
    .map(([from, those]) => `export { ${those.join(', ')} } from '${from}';`)
    .join('\n');
}

/** The text of a module that passes on what a module of Node has, but for these names. */
function passingOnBut(name: string, without: readonly string[]): string {
  const whole: object = nodeModule.createRequire(import.meta.url)(name);
  const names = Object.keys(whole).filter((key) => !without.includes(key));
  return `const all = process.getBuiltinModule('${name}'); export default all; export const { ${names.join(', ')} } = all;`;
}

/** A Node before these fails where a package requires a module of Node's that has another text. */
function canReplaceBuiltIns(version: string): boolean {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 8) || (major === 22 && minor >= 23);
}

/**
 * Keeps packages that nothing here uses from being loaded. For a process of ours alone: a host's may want them.
 *
 * @param version - of Node, such as `v22.19.0`.
 */
export function leaveOutUnusedPackages(version = process.version): void {
  const replaced = canReplaceBuiltIns(version)
    ? unused
    : unused.filter(({ file }) => !file.test('node:http'));
  nodeModule.registerHooks({
    load: (url, context, nextLoad) => {
      const found = replaced.find(({ file }) => file.test(url));
      return found === undefined
        ? nextLoad(url, context)
        : { source: found.source, format: found.format, shortCircuit: true };
    },
  });
}
