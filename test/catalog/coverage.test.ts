import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { type Family, familiesOf, labelName } from '../../src/catalog/families.ts';
import { variantsByName } from '../../src/catalog/lookup.ts';

/** What the old telemetry had fields for. */
const old: Readonly<Record<string, string>> = {
  Container:
    'id name image digest status health restart_count cpu_percent memory_mb memory_limit_mb memory_percent disk_read_mb disk_write_mb network_rx_mb network_tx_mb created_at started_at finished_at exit_code error_message',
  Agent:
    'id name version cognitive_state api_healthy api_response_time_ms uptime_seconds incidents_24h messages_24h cost_cents_24h carbon_g_24h api_port oauth_configured oauth_providers',
  Deployment:
    'id status phase agent_image gui_image nginx_image agents_total agents_staged agents_updated agents_failed agents_deferred created_at staged_at started_at completed_at initiated_by approved_by is_rollback rollback_from message duration',
  Version: 'component current previous fallback staged image digest tag deployed_at deployment_id',
  Adoption: 'agent_id agent_name current_version last_transition_at last_work_state_at group',
  Summary:
    'agents_total agents_healthy agents_degraded agents_down agents_in_work agents_in_dream agents_in_solitude agents_in_play total_cpu_percent total_memory_mb total_cost_cents_24h total_messages_24h total_incidents_24h active_deployments staged_deployments agents_on_latest agents_on_previous agents_on_older',
  Public:
    'total_agents healthy_percentage messages_24h incidents_24h uptime_percentage history.timestamp history.total_agents history.healthy_agents history.total_messages history.total_incidents',
  Collectors: 'collections errors error_rate last_collection last_error',
};

const none = '—';

interface Line {
  readonly section: string;
  readonly figure: string;
  readonly now: string;
  readonly remarks: string;
}

const text = readFileSync(new URL('../../docs/coverage.md', import.meta.url), 'utf8');
const lines = text.split(/^## /m).flatMap((part) => linesOf(part.slice(0, part.indexOf('\n')), part));

function linesOf(section: string, part: string): readonly Line[] {
  const rows = part.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) => {
    const [figure = '', now = '', remarks = ''] = row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    return { section, figure, now, remarks };
  });
}

const families = new Map(familiesOf(catalog).map((family) => [family.name, family]));
const ours = /^`((?:ciris|container|process)\.[a-z0-9_.]+)(?:\{([a-z0-9_.]+)(?:="([a-z0-9_]+)")?\})?`$/;

/** What is wrong with a reference such as `ciris.agent.info{ciris.agent.version}`; undefined when nothing is. */
function faultOf(reference: string): string | undefined {
  const [, name = '', attribute, value] = ours.exec(reference) ?? [];
  const family = families.get(name);
  if (family === undefined) return `${reference} is no metric`;
  if (attribute !== undefined && !family.attributes.includes(attribute)) {
    return `${reference} has no such attribute`;
  }
  const values = valuesOf(family, attribute);
  return value === undefined || values === undefined || values.includes(value)
    ? undefined
    : `${reference} has no such value`;
}

/** The values that an attribute can have; undefined where the catalog does not fix them. */
function valuesOf({ entity, name, kind }: Family, attribute = ''): readonly string[] | undefined {
  if (kind === 'info' || attribute in entity.identity) return undefined;
  return (variantsByName(entity).get(name) ?? []).flatMap((variant) =>
    variant.metric.kind === 'stateset' ? variant.metric.states : [variant.with[attribute] ?? ''],
  );
}

describe('the account of the old figures', () => {
  it.each(Object.entries(old))('has every one of %s', (section, figures) => {
    const found = lines.filter((line) => line.section === section).map(({ figure }) => figure);
    expect(found).toEqual(figures.split(' '));
  });

  it('names for each one metric, or gives the reason why there is none', () => {
    const silent = lines.filter(
      ({ now, remarks }) => !ours.test(now) && !(now === none && remarks.length > 10),
    );
    expect(silent).toEqual([]);
  });

  it('names only metrics, attributes and values that are in the catalog', () => {
    const references = [...text.matchAll(/`(?:ciris|container|process)\.[^`]+`/g)].map(([match]) => match);
    expect(references.length).toBeGreaterThan(lines.length / 2);
    expect(references.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('shows only queries of metrics and labels that are in the catalog', () => {
    const all = [...families.values()];
    const known = new Set([
      ...all.map(({ prometheusName }) => prometheusName),
      ...all.flatMap(({ attributes }) => attributes.map(labelName)),
    ]);
    const named = [...text.matchAll(/`[^`]+`/g)].flatMap(([code]) => [
      ...code.matchAll(/\b(?:ciris|container|service)_[a-z0-9_]+/g),
    ]);
    const used = named.map(([name]) => name);
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });
});
