import { container, server } from '../../../src/collectors/docker/metrics.js';
export const time = 1_772_366_410_123_456;
export const started = 1_772_366_000_000_001;
export const entities = [container, server];
/** A running container with a value for every metric that has one. */
export function containerRow(id, change = {}) {
  return {
    entity: 'container',
    time,
    start: started,
    identity: { 'ciris.server.id': 'host-a', 'container.id': id },
    info: { 'container.name': `agent-${id}`, 'container.image.name': 'ciris:1.2' },
    values: {
      cpuTimeUser: 30.25,
      cpuTimeSystem: 12,
      cpuUsage: 2,
      memoryUsage: 600_000_000,
      memoryWorkingSet: 400_000_000,
      networkReceive: 1000,
      networkTransmit: 2000,
      uptime: 410.1,
      pids: 17,
      restarts: 0,
      oomKilled: 0,
    },
    states: { state: 'running', health: 'healthy' },
    ...change,
  };
}
export function serverRow(change = {}) {
  return {
    entity: 'server',
    time,
    identity: { 'ciris.server.id': 'host-a' },
    info: { 'ciris.server.engine.name': 'docker' },
    values: { up: 1, responseDuration: 0.0125, containersRunning: 2 },
    states: {},
    ...change,
  };
}
