import { registerHooks } from 'node:module';

/** What dockerode loads to reach engines by SSH and to build images: 15 MB of memory that nothing here uses. */
const unused = /\/node_modules\/(ssh2|@grpc\/grpc-js|@grpc\/proto-loader)\//;

/** Keeps packages that nothing here uses from being loaded. For a process of ours alone: a host's may want them. */
export function leaveOutUnusedPackages(): void {
  registerHooks({
    load: (url, context, nextLoad) =>
      unused.test(url)
        ? { format: 'commonjs', source: 'module.exports = {};', shortCircuit: true }
        : nextLoad(url, context),
  });
}
