import { startEmbedded } from '../../src/db/embedded/embedded.ts';
import { silentLogger } from '../../src/runtime/logger.ts';

/** A process of its own that runs the embedded database in the folder it is given, until it is killed. */
const [, , stateDir = ''] = process.argv;
const { url } = await startEmbedded({ stateDir, logger: silentLogger, signal: AbortSignal.timeout(60_000) });
process.stdout.write(`${url}\n`);
setInterval(() => {}, 60_000);
