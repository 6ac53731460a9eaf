create table telemetry.series (
  id bigint primary key,
  hash bytea not null unique,
  name text not null,
  kind text not null check (kind in ('gauge', 'sum', 'histogram', 'exponential_histogram', 'summary')),
  unit text not null,
  temporality text check (temporality in ('delta', 'cumulative')),
  monotonic boolean,
  description text not null,
  resource jsonb not null,
  resource_schema_url text not null,
  scope jsonb not null,
  attributes jsonb not null,
  first_seen timestamptz not null default now()
);
-- statement
-- Of any length, which a tree of names would not take.
create index series_name on telemetry.series using hash (name);
-- statement
comment on table telemetry.series is 'Series of metrics that are not in the catalog, from any OTLP source. Points name them by id.';
-- statement
comment on column telemetry.series.id is 'The first 63 bits of the hash: the same series has the same id in every database.';
-- statement
comment on column telemetry.series.hash is 'SHA-256 of what tells the series from all others: everything here but description and first_seen.';
-- statement
comment on column telemetry.series.temporality is 'Absent for gauges and summaries.';
-- statement
comment on column telemetry.series.monotonic is 'Of sums only.';
-- statement
comment on column telemetry.series.description is 'As it was when the series was first seen.';
-- statement
comment on column telemetry.series.resource is 'Attributes of the resource.';
-- statement
comment on column telemetry.series.scope is 'The instrumentation scope: name, version, attributes, schema_url.';
-- statement
create table telemetry.number_point (
  series_id bigint not null,
  time timestamptz not null,
  start_time timestamptz,
  value_double double precision,
  value_int bigint,
  primary key (series_id, time)
);
-- statement
create index number_point_time on telemetry.number_point using brin (time);
-- statement
comment on table telemetry.number_point is 'Points of gauges and sums.';
-- statement
comment on column telemetry.number_point.start_time is 'When the sum began to count; absent for gauges, and where the sender does not know.';
-- statement
comment on column telemetry.number_point.value_double is 'A value that is no whole number, or one beyond 64 bits.';
-- statement
comment on column telemetry.number_point.value_int is 'A value that is a whole number of 64 bits.';
-- statement
create table telemetry.histogram_point (
  series_id bigint not null,
  time timestamptz not null,
  start_time timestamptz,
  count bigint not null,
  sum double precision,
  min double precision,
  max double precision,
  bounds double precision[] not null,
  counts bigint[] not null,
  primary key (series_id, time)
);
-- statement
create index histogram_point_time on telemetry.histogram_point using brin (time);
-- statement
comment on table telemetry.histogram_point is 'Points of histograms with explicit bounds.';
-- statement
comment on column telemetry.histogram_point.bounds is 'Upper bounds of all buckets but the last, each included in its bucket.';
-- statement
comment on column telemetry.histogram_point.counts is 'One more than there are bounds; both are empty where the sender counts no buckets.';
-- statement
create table telemetry.exponential_histogram_point (
  series_id bigint not null,
  time timestamptz not null,
  start_time timestamptz,
  count bigint not null,
  zero_count bigint not null,
  sum double precision,
  min double precision,
  max double precision,
  zero_threshold double precision not null,
  scale integer not null,
  positive_offset integer not null,
  negative_offset integer not null,
  positive_counts bigint[] not null,
  negative_counts bigint[] not null,
  primary key (series_id, time)
);
-- statement
create index exponential_histogram_point_time on telemetry.exponential_histogram_point using brin (time);
-- statement
comment on table telemetry.exponential_histogram_point is 'Points of exponential histograms: bucket i of n holds values above base^(offset + i) up to base^(offset + i + 1), where base = 2^(2^-scale) and i counts from 0.';
-- statement
create table telemetry.summary_point (
  series_id bigint not null,
  time timestamptz not null,
  start_time timestamptz,
  count bigint not null,
  sum double precision not null,
  quantiles double precision[] not null,
  quantile_values double precision[] not null,
  primary key (series_id, time)
);
-- statement
create index summary_point_time on telemetry.summary_point using brin (time);
-- statement
comment on table telemetry.summary_point is 'Points of summaries: quantile i has value i.';
-- statement
create table telemetry.snapshot (
  time timestamptz not null,
  instance text not null,
  id uuid not null,
  sequence bigint,
  duration double precision,
  row_count bigint,
  problem_count bigint,
  digest bytea,
  previous_digest bytea,
  signature text,
  attributes jsonb not null,
  primary key (instance, id, time)
);
-- statement
create index snapshot_time on telemetry.snapshot using brin (time);
-- statement
comment on table telemetry.snapshot is 'Snapshots that exporters say they took, with the digests of their rows, each chained to the one before.';
-- statement
comment on column telemetry.snapshot.instance is 'The exporter that took it.';
-- statement
comment on column telemetry.snapshot.duration is 'Time that it took. Unit: s.';
-- statement
comment on column telemetry.snapshot.attributes is 'What else the event said.';
-- statement
-- Views are bound to the tables that stand when they are made: whoever puts another table in the place of one calls this again.
create function telemetry.define_point_views() returns void language plpgsql as $$
begin
  create or replace view telemetry.numbers as
    select p.time, p.start_time, s.name, s.unit, s.kind, s.temporality, s.monotonic,
      coalesce(p.value_double, p.value_int::double precision) as value, p.value_double, p.value_int,
      s.attributes, s.resource, s.scope, s.resource_schema_url, s.description, p.series_id
    from telemetry.number_point p join telemetry.series s on s.id = p.series_id;
  create or replace view telemetry.histograms as
    select p.time, p.start_time, s.name, s.unit, s.kind, s.temporality, p.count, p.sum, p.min, p.max, p.bounds, p.counts,
      s.attributes, s.resource, s.scope, s.resource_schema_url, s.description, p.series_id
    from telemetry.histogram_point p join telemetry.series s on s.id = p.series_id;
  create or replace view telemetry.exponential_histograms as
    select p.time, p.start_time, s.name, s.unit, s.kind, s.temporality, p.count, p.sum, p.min, p.max,
      p.scale, p.zero_count, p.zero_threshold, p.positive_offset, p.positive_counts, p.negative_offset, p.negative_counts,
      s.attributes, s.resource, s.scope, s.resource_schema_url, s.description, p.series_id
    from telemetry.exponential_histogram_point p join telemetry.series s on s.id = p.series_id;
  create or replace view telemetry.summaries as
    select p.time, p.start_time, s.name, s.unit, s.kind, s.temporality, p.count, p.sum, p.quantiles, p.quantile_values,
      s.attributes, s.resource, s.scope, s.resource_schema_url, s.description, p.series_id
    from telemetry.summary_point p join telemetry.series s on s.id = p.series_id;
end $$;
-- statement
select telemetry.define_point_views();
-- statement
comment on view telemetry.numbers is 'Points of gauges and sums, one row each; value_int is exact where value is not.';
-- statement
comment on view telemetry.histograms is 'Points of histograms with explicit bounds, one row each.';
-- statement
comment on view telemetry.exponential_histograms is 'Points of exponential histograms, one row each.';
-- statement
comment on view telemetry.summaries is 'Points of summaries, one row each.';
-- statement
-- What each point of a sum adds, and over how many seconds; the last point before the range is looked up for that.
-- A delta is an increase itself. A cumulative sum began anew where its start is another one (one that moved by moments, back before the
-- last point, is the same), and a monotonic one also where it fell: then its whole value has come since. Its first
-- point ever tells of an increase only when the sum began within the range. A sum that may fall is followed from point to point.
create function telemetry.increase_steps(series bigint, since timestamptz, until timestamptz)
returns table ("time" timestamptz, increase numeric, seconds numeric)
language sql stable parallel safe set extra_float_digits = 1
as $$
  with known as (
    (select p.time, p.start_time, coalesce(p.value_int::numeric, p.value_double::text::numeric) as value
     from telemetry.number_point p where p.series_id = $1 and p.time >= $2 and p.time < $3)
    union all
    (select p.time, p.start_time, coalesce(p.value_int::numeric, p.value_double::text::numeric)
     from telemetry.number_point p where p.series_id = $1 and p.time < $2 order by p.time desc limit 1)
  ), paired as (
    select k.time, k.start_time, k.value, s.temporality = 'delta' as is_delta, s.monotonic,
      lag(k.time) over (order by k.time) as last_time, lag(k.value) over (order by k.time) as last_value,
      lag(k.start_time) over (order by k.time) as last_start
    from known k join telemetry.series s on s.id = $1 and s.kind = 'sum'
  ), judged as (
    select p.*, monotonic and last_time is not null and (value < last_value
      or (start_time is distinct from last_start
        and coalesce(start_time >= last_time or start_time > last_start + interval '5 seconds', false))) as began_anew
    from paired p where p.time >= $2
  )
  select j.time,
    case
      when is_delta or began_anew then value
      when last_time is null then case when start_time >= $2 then value end
      else value - last_value
    end,
    extract(epoch from j.time - case
      when is_delta then coalesce(start_time, last_time)
      when began_anew then least(greatest(start_time, last_time), j.time)
      when last_time is null then case when start_time >= $2 then start_time end
      else last_time
    end)
  from judged j
$$;
-- statement
comment on function telemetry.increase_steps(bigint, timestamptz, timestamptz) is 'What each point of a sum from since until before until adds, and over how many seconds; absent where that is not known.';
-- statement
create function telemetry.increase(series bigint, since timestamptz, until timestamptz) returns numeric
language sql stable parallel safe
as $$ select sum(i.increase) from telemetry.increase_steps($1, $2, $3) i $$;
-- statement
comment on function telemetry.increase(bigint, timestamptz, timestamptz) is 'How much a sum rose from since until before until, over restarts; absent where that is not known.';
-- statement
create function telemetry.rate(series bigint, since timestamptz, until timestamptz) returns double precision
language sql stable parallel safe
as $$
  select (sum(i.increase) / sum(i.seconds))::double precision from telemetry.increase_steps($1, $2, $3) i
  where i.increase is not null and i.seconds > 0
$$;
-- statement
comment on function telemetry.rate(bigint, timestamptz, timestamptz) is 'How much a sum rose a second, over the time that its points tell of; absent where that is not known.';
-- statement
create function telemetry.increase(metric text, since timestamptz, until timestamptz, matching jsonb default '{}')
returns table (series_id bigint, attributes jsonb, resource jsonb, scope jsonb, unit text, increase numeric)
language sql stable parallel safe
as $$
  select s.id, s.attributes, s.resource, s.scope, s.unit, i.increase
  from telemetry.series s cross join lateral (select telemetry.increase(s.id, $2, $3) as increase) i
  where s.name = $1 and s.kind = 'sum' and s.attributes @> $4 and i.increase is not null
$$;
-- statement
comment on function telemetry.increase(text, timestamptz, timestamptz, jsonb) is 'The increase of each series of a metric whose attributes hold those given.';
-- statement
create function telemetry.rate(metric text, since timestamptz, until timestamptz, matching jsonb default '{}')
returns table (series_id bigint, attributes jsonb, resource jsonb, scope jsonb, unit text, rate double precision)
language sql stable parallel safe
as $$
  select s.id, s.attributes, s.resource, s.scope, s.unit, r.rate
  from telemetry.series s cross join lateral (select telemetry.rate(s.id, $2, $3) as rate) r
  where s.name = $1 and s.kind = 'sum' and s.attributes @> $4 and r.rate is not null
$$;
-- statement
comment on function telemetry.rate(text, timestamptz, timestamptz, jsonb) is 'The rate of each series of a metric whose attributes hold those given.';
