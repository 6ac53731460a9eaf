import { auditAt } from './audit-file.ts';
import { deploymentStateAt } from './deployment-file.ts';
import type { ScriptedDeployment } from './deployment-script.ts';
import { AppendedFile, type FleetPaths, ReplacedFile } from './fleet-folder.ts';
import { type Epoch, type RegisteredAgent, registryAt, secretsOf } from './registry-file.ts';
import type { AgentScript, Seconds } from './script.ts';
import { pythonTime } from './shapes/moment.ts';

/** An agent whose port is known once it has started. */
interface Listening {
  readonly agent: AgentScript;
  readonly port: number;
}

export interface FleetFilesOptions extends Epoch {
  readonly paths: FleetPaths;
  readonly agents: readonly Listening[];
  readonly deployments: readonly ScriptedDeployment[];
}

/** The files that the simulated manager keeps up to date. */
export class FleetFiles {
  readonly #options: FleetFilesOptions;
  readonly #registry: ReplacedFile;
  readonly #deploymentState: ReplacedFile;
  readonly #auditLog: AppendedFile;
  #registered: readonly RegisteredAgent[] | undefined;

  constructor(options: FleetFilesOptions) {
    this.#options = options;
    this.#registry = new ReplacedFile(options.paths.registry);
    this.#deploymentState = new ReplacedFile(options.paths.deploymentState);
    this.#auditLog = new AppendedFile(options.paths.auditLog);
  }

  /** Writes what is true at a moment, where that is not written yet. */
  async write(seconds: Seconds): Promise<void> {
    const { agents, deployments, startedAt } = this.#options;
    const epoch = { startedAt };
    const written = pythonTime(startedAt + seconds * 1000);
    this.#registered ??= agents.map(({ agent, port }) => ({ agent, port, secrets: secretsOf(agent, epoch) }));
    await this.#registry.write(registryAt(this.#registered, seconds, epoch), { updated_at: written });
    await this.#deploymentState.write(deploymentStateAt(deployments, seconds, epoch), { saved_at: written });
    await this.#auditLog.write(auditAt(deployments, seconds, epoch));
  }
}
