import { labelName } from '../../catalog/families.ts';
import { prometheusName } from '../../catalog/prometheus-name.ts';
import { container, server } from '../../collectors/docker/metrics.ts';
import type { AnyEntity } from '../../metric/define.ts';
import { infoMetricName } from '../../metric/row.ts';
import { attribute, constantsOf, type Figure, familyName, identityLabels, type Quantity } from './figure.ts';

const serverLabel = labelName(attribute(container, 'ciris.server.id'));
const nameLabel = labelName(attribute(container, 'container.name'));
const agentLabel = labelName(attribute(container, 'ciris.agent.id'));
const containerIds = identityLabels(container).join(', ');
const ofServer = `${serverLabel}=~"$server"`;

const containerInfo = infoFamily(container);
const serverInfo = infoFamily(server);

/** The containers that the variables select, with what is known of them as labels. */
export function selectedContainers(attributes: readonly string[]): string {
  const selector = `${containerInfo}{${ofServer}, ${agentLabel}=~"$agent", ${nameLabel}=~"$container"}`;
  const labels = new Set([...identityLabels(container), ...attributes.map(labelName)]);
  return `max by (${[...labels].join(', ')}) (${selector})`;
}

/** A quantity per thing: of containers per host and name, so that a line goes on when a container is replaced. */
export function perThing(quantity: Quantity, entity: AnyEntity): string {
  if (entity.name !== container.name) return perIdentity(quantity);
  const info = selectedContainers(['container.name']);
  const named = `${perIdentity(quantity)} * on (${containerIds}) group_left (${nameLabel}) ${info}`;
  return `sum by (${serverLabel}, ${nameLabel}) (${named})`;
}

/** A quantity of the things that are selected, with their identity as labels. */
export function ofSelected(quantity: Quantity, entity: AnyEntity): string {
  if (entity.name !== container.name) return perIdentity(quantity);
  return `${perIdentity(quantity)} and on (${containerIds}) ${selectedContainers([])}`;
}

/** The things that are in one state, or each thing with the state that holds. */
export function inState(figure: Figure, state?: string): string {
  const label = labelName(figure.metric.name);
  const matcher = state === undefined ? undefined : `${label}="${state}"`;
  const series = `max by (${containerIds}, ${label}) (${selector(figure, matcher)}${state === undefined ? ' == 1' : ''})`;
  return `${series} and on (${containerIds}) ${selectedContainers([])}`;
}

export function legend(entity: AnyEntity): string {
  const labels = entity.name === container.name ? [serverLabel, nameLabel] : identityLabels(entity);
  return labels.map((label) => `{{${label}}}`).join(' / ');
}

export function variableQuery(name: 'server' | 'agent' | 'container'): string {
  if (name === 'server') return `label_values(${serverInfo}, ${serverLabel})`;
  if (name === 'agent') return `label_values(${containerInfo}{${ofServer}}, ${agentLabel})`;
  return `label_values(${containerInfo}{${ofServer}, ${agentLabel}=~"$agent"}, ${nameLabel})`;
}

/**
 * One series per identity, whatever scrapes it and how often: several scrapers of one exporter would otherwise be counted
 * several times.
 */
function perIdentity(quantity: Quantity): string {
  if (quantity.kind === 'share') {
    return `${fold([quantity.part], selector)} / ${fold([quantity.whole], selector)}`;
  }
  if (quantity.kind === 'value') return fold([quantity.figure], selector);
  return fold(quantity.figures, (figure, matcher) => `rate(${selector(figure, matcher)}[$__rate_interval])`);
}

type Read = (figure: Figure, matcher?: string) => string;

/** The sum of figures that share a name and an entity, told apart by their constant attributes. */
function fold(figures: readonly Figure[], read: Read): string {
  const [first] = figures;
  if (first === undefined) return '';
  const ids = identityLabels(first.entity);
  const constants = figures.map(constantsOf);
  const [one = {}] = constants;
  const [label] = Object.keys(one);
  if (figures.length === 1 || label === undefined) {
    return `max by (${ids.join(', ')}) (${read(first)})`;
  }
  if (figures.some((each) => familyName(each) !== familyName(first))) {
    throw new Error(`${first.metric.name} is summed with another metric`);
  }
  const values = constants.map((each) => each[label]).join('|');
  const own = labelName(label);
  const single = `max by (${[...ids, own].join(', ')}) (${read(first, `${own}=~"${values}"`)})`;
  return `sum by (${ids.join(', ')}) (${single})`;
}

function selector(figure: Figure, matcher = constantMatcher(figure)): string {
  const isOfServer = attribute(server, 'ciris.server.id') in figure.entity.identity;
  const matchers = [isOfServer ? ofServer : undefined, matcher].filter((each) => each !== undefined);
  return matchers.length === 0 ? familyName(figure) : `${familyName(figure)}{${matchers.join(', ')}}`;
}

function constantMatcher(figure: Figure): string | undefined {
  const pairs = Object.entries(constantsOf(figure)).map(([name, value]) => `${labelName(name)}="${value}"`);
  return pairs.length === 0 ? undefined : pairs.join(', ');
}

function infoFamily(entity: AnyEntity): string {
  return prometheusName({ name: infoMetricName(entity), unit: '', monotonic: false });
}
