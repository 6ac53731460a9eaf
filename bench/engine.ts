import { type Engine, startEngine } from '../test/e2e/support/engine.ts';

const atOnce = 4;

/** The newest Docker with so many containers that run and do nothing; rejects naming the part that is not installed. */
export async function startRestingEngine(containers: number): Promise<Engine> {
  const engine = await startEngine('docker-newest');
  try {
    const queue = Array.from({ length: containers }).values();
    const starter = async (): Promise<void> => {
      for (const _ of queue) await engine.run({ command: ['sleep', '100000'] });
    };
    await Promise.all(Array.from({ length: atOnce }, starter));
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}
