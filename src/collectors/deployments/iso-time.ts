import { type Micros, microsFromIso } from '../../metric/time.ts';

/** Reads an ISO 8601 time; Python leaves the zone out where it means UTC. Undefined when it is none. */
export function microsFromPython(text: string): Micros | undefined {
  return microsFromIso(text) ?? microsFromIso(`${text}Z`);
}
