// Not by its name: an old Node that has no such function must get as far as to be told that it is old.
import * as nodeModule from 'node:module';

/** What packages load and nothing here uses, by its place, with what stands in for it: 25 MB of memory. */
const unused: readonly {
  readonly file: RegExp;
  readonly source: string;
  readonly format: 'commonjs' | 'module';
}[] = [
  // dockerode reaches engines by SSH and builds images with these.
  {
    file: /\/node_modules\/(ssh2|@grpc\/grpc-js|@grpc\/proto-loader)\//,
    format: 'commonjs',
    source: 'module.exports = {};',
  },
  // Fastify gets its compilers from us, but loads these first. A schema that came to them would else not be checked at all.
  {
    file: /\/node_modules\/@fastify\/(ajv-compiler|fast-json-stringify-compiler)\//,
    format: 'commonjs',
    source: "module.exports = () => () => () => { throw new Error('a schema has no compiler of ours'); };",
  },
  // OpenTelemetry's names of attributes of years ago.
  {
    file: /\/node_modules\/@opentelemetry\/semantic-conventions\/dist\/index\.mjs$/,
    format: 'module',
    source: "export * from './stable_attributes.mjs';",
  },
  // zod's messages in fifty languages.
  {
    file: /\/node_modules\/zod\/v4\/locales\/index\.js$/,
    format: 'module',
    source: "export { default as en } from './en.js';",
  },
  // Imported as it is, `node:http` is asked for each of its names, and these bring the whole of `fetch` and of HTTP/2 with them.
  {
    file: /^node:http$/,
    format: 'module',
    source: passingOn('node:http', ['WebSocket', 'CloseEvent', 'MessageEvent']),
  },
];

/** The text of a module that passes on what a module of Node has, but for these names. */
function passingOn(name: string, without: readonly string[]): string {
  const whole: object = nodeModule.createRequire(import.meta.url)(name);
  const names = Object.keys(whole).filter((key) => !without.includes(key));
  return `const all = process.getBuiltinModule('${name}'); export default all; export const { ${names.join(', ')} } = all;`;
}

/** Keeps packages that nothing here uses from being loaded. For a process of ours alone: a host's may want them. */
export function leaveOutUnusedPackages(): void {
  nodeModule.registerHooks({
    load: (url, context, nextLoad) => {
      const found = unused.find(({ file }) => file.test(url));
      return found === undefined ? nextLoad(url, context) : { ...found, shortCircuit: true };
    },
  });
}
