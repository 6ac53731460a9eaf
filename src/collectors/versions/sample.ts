import type { Micros } from '../../metric/time.ts';

export const components = ['agent', 'gui', 'nginx', 'manager'] as const;
export type Component = (typeof components)[number];

/** What is in use, the two before it, and what was ordered and is not in use yet. */
export const slots = ['current', 'previous', 'fallback', 'staged'] as const;
export type Slot = (typeof slots)[number];

/** What decided which version stands in a slot, or on what an agent is. */
export type VersionSource = 'container' | 'agent' | 'registry' | 'deployment' | 'host';

/** The groups that rollouts go through one after the other, and what is in none of them. */
export const canaryGroups = ['explorer', 'early_adopter', 'general', 'unassigned'] as const;
export type CanaryGroup = (typeof canaryGroups)[number];

/** How what an agent is on stands to the current version of the component. */
export const adoptions = ['latest', 'previous', 'older', 'newer', 'unknown'] as const;
export type Adoption = (typeof adoptions)[number];

/** The version of a component in one slot; what nobody says is undefined. */
export interface ComponentVersionSample {
  readonly component: Component;
  readonly slot: Slot;
  readonly source: VersionSource;
  readonly image: string | undefined;
  readonly tag: string | undefined;
  /** Of the manifest, as registries of images know it. */
  readonly digest: string | undefined;
  readonly deploymentId: string | undefined;
  readonly deployedAt: Micros | undefined;
}

/** What the agents of one group are on. */
export interface VersionAdoptionSample {
  readonly group: CanaryGroup;
  readonly agents: Readonly<Record<Adoption, number>>;
}
