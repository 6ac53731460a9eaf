import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a simulated manager keeps what real ones keep in /opt, /var and /etc. */
export interface FleetPaths {
  readonly registry: string;
  readonly deploymentState: string;
  readonly auditLog: string;
  readonly managerConfig: string;
}

export const pathsIn = (folder: string): FleetPaths => ({
  registry: join(folder, 'agents', 'metadata.json'),
  deploymentState: join(folder, 'deployment_state.json'),
  auditLog: join(folder, 'audit.jsonl'),
  managerConfig: join(folder, 'config.yml'),
});

/** A JSON file that is replaced whenever its content has changed, as the manager does: a temporary file, then a rename. */
export class ReplacedFile {
  readonly #path: string;
  #written: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @param stamp - what says when it was written, and is no reason to write it. */
  async write(content: object, stamp: object): Promise<void> {
    const text = JSON.stringify(content);
    if (text === this.#written) return;
    const temporary = `${this.#path.replace(/\.json$/, '')}.tmp`;
    await writeFile(temporary, JSON.stringify({ ...content, ...stamp }, undefined, 2));
    await rename(temporary, this.#path);
    this.#written = text;
  }
}

/** A file to which lines are only ever added. */
export class AppendedFile {
  readonly #path: string;
  #written = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async write(lines: readonly string[]): Promise<void> {
    const fresh = lines.slice(this.#written);
    await appendFile(this.#path, fresh.map((line) => `${line}\n`).join(''));
    this.#written += fresh.length;
  }
}

/** The manager's own settings: the hosts of the fleet. The agents of both answer on this machine. */
const managerConfig = `manager:
  port: 8888
  host: 127.0.0.1
servers:
  - server_id: main
    hostname: 127.0.0.1
    is_local: true
  - server_id: scout1
    hostname: 127.0.0.1
    is_local: false
    vpc_ip: 127.0.0.1
`;

export async function writeManagerConfig(paths: FleetPaths): Promise<void> {
  await mkdir(join(paths.registry, '..'), { recursive: true });
  await writeFile(paths.managerConfig, managerConfig);
}
