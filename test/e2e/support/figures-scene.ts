import { tmpdir } from 'node:os';
import { Releasers } from '../../../src/runtime/releasers.ts';
import type { KernelFigures } from './cgroup.ts';
import type { Container } from './container.ts';
import { type Engine, type EngineKind, startEngine } from './engine.ts';
import { eventually } from './eventually.ts';
import { type ExporterProcess, startExporterProcess } from './exporter.ts';
import { recordKernel } from './kernel-record.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { succeed } from './program.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { type Said, saidInRows, saidInSamples } from './said.ts';
import {
  ask,
  hearApi,
  hearDatabase,
  hearPrometheus,
  hearScrapes,
  type Look,
  scrape,
  type Witness,
  type WitnessName,
} from './witnesses.ts';
import { exit3, halfCpu, healthy, held32MiB, killedForMemory, movesOverDisk, talksTo } from './workloads.ts';

const windowMs = 15_000;
const mib = 1024 * 1024;
/** Containers that have ended by the end of the window. */
const ending = ['exit3', 'killed'];

/** An engine with containers that do known things, all that watches them, and what each of these says at the end of a window. */
export class FiguresScene {
  readonly #kind: EngineKind;
  readonly #releasers = new Releasers();
  readonly #containers = new Map<string, Container>();
  readonly #kernel = new Map<string, KernelFigures>();
  #witnesses: Readonly<Record<WitnessName, Witness>> | undefined;

  constructor(kind: EngineKind) {
    this.#kind = kind;
  }

  async play(): Promise<void> {
    const { engine, postgres, exporter, prometheus } = await this.#start();
    await this.#runContainers(engine);
    const half = this.container('half');
    using record = recordKernel(half);
    await eventually('all have done what they do', async () => this.#isSettled());
    const look = () => this.#look(exporter);
    await eventually('all of that is seen', look);
    await eventually('Prometheus scrapes', async () => {
      return (
        (await prometheus.query(`container_cpu_usage{container_id="${half.id}"}`)).length > 0 || undefined
      );
    });

    const begin = await eventually('the window begins', look);
    const end = await eventually('the window is over', async () => {
      const now = await look();
      return now !== undefined && now.scrape.time - begin.scrape.time >= windowMs ? now : undefined;
    });
    for (const [name, container] of this.#containers) {
      if (!ending.includes(name)) this.#kernel.set(name, container.kernel());
    }
    const context = { record, id: half.id, windowMs };
    this.#witnesses = {
      '/metrics': hearScrapes(begin.scrape, end.scrape, context),
      'Prometheus 3': await hearPrometheus(prometheus, context),
      'the database': await hearDatabase(postgres, [begin.status, end.status], context),
      'the API': await hearApi(exporter, [begin.status, end.status], context),
    };
  }

  container(name: string): Container {
    return known(this.#containers.get(name), name);
  }

  /** What the kernel said at the end of the window of a container that still ran. */
  kernel(name: string): KernelFigures {
    return known(this.#kernel.get(name), name);
  }

  witness(name: WitnessName): Witness {
    return known(this.#witnesses?.[name], name);
  }

  async close(): Promise<void> {
    await this.#releasers.close();
  }

  async #start(): Promise<{
    readonly engine: Engine;
    readonly postgres: Postgres;
    readonly exporter: ExporterProcess;
    readonly prometheus: Prometheus;
  }> {
    const engine = await startEngine(this.#kind);
    this.#releasers.add('engine', () => engine.stop());
    const postgres = await startPostgres();
    this.#releasers.add('postgres', () => postgres.stop());
    const exporter = await startExporterProcess({
      dockerHost: engine.host,
      env: { TELEMETRY_DATABASE_URL: postgres.connectionString },
    });
    this.#releasers.add('exporter', () => exporter.stop());
    const prometheus = await startPrometheus({ major: 3, targets: [exporter.address] });
    this.#releasers.add('prometheus', () => prometheus.stop());
    return { engine, postgres, exporter, prometheus };
  }

  async #runContainers(engine: Engine): Promise<void> {
    const devices = await succeed({ command: 'df', args: ['--output=source', tmpdir()] });
    const workloads = {
      half: halfCpu,
      held: held32MiB,
      exit3,
      killed: killedForMemory,
      healthy,
      disk: movesOverDisk(devices.split('\n').at(-1) ?? ''),
    };
    for (const [name, workload] of Object.entries(workloads)) {
      this.#containers.set(name, await engine.run({ ...workload, name }));
    }
    // Podman's networks need plugins that Debian does not pull in.
    if (engine.kind === 'podman') return;
    await engine.command(['network', 'create', '--internal', 'talk']);
    const format = '--format={{(index .IPAM.Config 0).Gateway}}';
    const gateway = await engine.command(['network', 'inspect', format, 'talk']);
    this.#containers.set('talks', await engine.run({ ...talksTo(gateway, 'talk'), name: 'talks' }));
  }

  async #isSettled(): Promise<true | undefined> {
    const states = await Promise.all(ending.map((name) => this.container(name).state()));
    const haveEnded = states.every(({ status }) => status === 'exited');
    const hasRead = Number(this.container('disk').kernel().readBytes) >= 8 * mib;
    const holds = this.container('held').kernel().memoryUsageBytes > 32 * mib;
    const hasTalked = this.#kind === 'podman' || this.container('talks').kernel().receivedBytes > 20_000;
    return (haveEnded && hasRead && holds && hasTalked) || undefined;
  }

  /** Both ways out of the exporter; undefined when one is of a snapshot that lacks what the engine did not say in time. */
  async #look(exporter: ExporterProcess): Promise<Look | undefined> {
    const look = { scrape: await scrape(exporter), status: await ask(exporter) };
    const said = [
      (name: string) => saidInSamples(look.scrape.samples, this.container(name).id),
      (name: string) => saidInRows(look.status.rows, this.container(name).id),
    ];
    return said.every((of) => this.#isAllSaid(of)) ? look : undefined;
  }

  #isAllSaid(of: (name: string) => Said): boolean {
    return (
      of('half').figures.cpuUsage !== undefined &&
      of('exit3').state === 'exited' &&
      of('killed').state === 'exited' &&
      of('killed').figures.oomKilled === (this.#kind === 'podman' ? undefined : 1) &&
      of('healthy').health === 'healthy' &&
      Number(of('held').figures.memoryUsage) > 32 * mib &&
      Number(of('disk').figures.diskRead) >= 8 * mib &&
      (this.#kind === 'podman' || Number(of('talks').figures.networkReceive) > 20_000)
    );
  }
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`There is nothing of ${name} in this scene`);
  return found;
}
