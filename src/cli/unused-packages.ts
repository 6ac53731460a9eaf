// Not by its name: an old Node that has no such function must get as far as to be told that it is old.
import * as nodeModule from 'node:module';

/** What packages load and nothing here uses, by its place, with what stands in for it: 20 MB of memory. */
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
  // zod's messages in fifty languages.
  {
    file: /\/node_modules\/zod\/v4\/locales\/index\.js$/,
    format: 'module',
    source: "export { default as en } from './en.js';",
  },
];

/** Keeps packages that nothing here uses from being loaded. For a process of ours alone: a host's may want them. */
export function leaveOutUnusedPackages(): void {
  nodeModule.registerHooks({
    load: (url, context, nextLoad) => {
      const found = unused.find(({ file }) => file.test(url));
      return found === undefined ? nextLoad(url, context) : { ...found, shortCircuit: true };
    },
  });
}
