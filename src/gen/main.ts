import type { Artifact } from './artifact.ts';
import { findInCheckout, isStale, writeArtifact } from './checkout.ts';
import { type CollectorDefinitions, entityExports, generateRegistry } from './registry.ts';

const check = process.argv.includes('--check');
process.exitCode = (await generate()) ? 0 : 1;

/** Brings every generated file up to date, or with `--check` says which are not. False when something is left to do. */
async function generate(): Promise<boolean> {
  // The catalog loads the registry: what derives from the catalog can only be loaded once the registry is right.
  if (!settle([generateRegistry(await readCollectors())])) return false;
  const { deriveArtifacts, describeMigrations, findBreaches } = await import('./derived.ts');
  const breaches = findBreaches();
  for (const { rule, message } of breaches) console.error(`${rule}: ${message}`);
  if (breaches.length > 0 || !settle(deriveArtifacts())) return false;
  return settle(await describeMigrations());
}

async function readCollectors(): Promise<readonly CollectorDefinitions[]> {
  return Promise.all(
    findInCheckout('src/collectors/*/*metrics.ts').map(async (path) => {
      const module: Readonly<Record<string, unknown>> = await import(`../../${path}`);
      return { path, exports: entityExports(module) };
    }),
  );
}

/** Writes what is stale; when only checking, names it and returns false. */
function settle(artifacts: readonly Artifact[]): boolean {
  const stale = artifacts.filter(isStale);
  for (const artifact of stale) {
    if (check) console.error(`${artifact.path} is stale: run \`npm run gen\` and commit what it writes.`);
    else {
      writeArtifact(artifact);
      console.log(`wrote ${artifact.path}`);
    }
  }
  return !check || stale.length === 0;
}
