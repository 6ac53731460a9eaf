-- What the points of a histogram from since until before until add, as telemetry.increase_steps has it for sums: a delta adds itself, and so does
-- a cumulative point whose histogram began anew, by its start or because the count of anything fell; any other adds what it has more than the
-- one before it. Total and sum are known whatever the bounds are; buckets only where all that is added up has the same ones.
create function telemetry.histogram_increase(series bigint, since timestamptz, until timestamptz)
returns table (count numeric, sum double precision, bounds double precision[], counts numeric[])
language sql stable parallel safe
as $$
  with known as (
    (select p as point from telemetry.histogram_point p where p.series_id = $1 and p.time >= $2 and p.time < $3)
    union all
    (select p from telemetry.histogram_point p where p.series_id = $1 and p.time < $2 order by p.time desc limit 1)
  ), paired as (
    select k.point, lag(k.point) over (order by (k.point).time) as last, s.temporality = 'delta' as is_delta,
      case when (k.point).start_time < (k.point).time then (k.point).start_time end as start
    from known k join telemetry.series s on s.id = $1 and s.kind = 'histogram'
  ), judged as (
    select p.*, is_delta or case
        when (last).time is null then start >= $2
        else (point).count < (last).count or coalesce(telemetry.began_anew(start, (last).start_time, (last).time), false)
          or ((point).bounds = (last).bounds
            and exists (select from unnest((point).counts, (last).counts) as bucket (now, before) where bucket.now < bucket.before))
      end as is_whole
    from paired p where (point).time >= $2
  ), added as (
    select row_number() over () as step, point, case when is_whole then null else last end as last
    from judged where is_whole or (last).time is not null
  ), totals as (
    select sum((point).count::numeric - coalesce((last).count, 0)) as count,
      case when bool_and((point).sum is not null and ((last).time is null or (last).sum is not null))
        then sum((point).sum - coalesce((last).sum, 0)) end as sum,
      bool_and((last).time is null or (point).bounds = (last).bounds) and min((point).bounds) = max((point).bounds) as fit,
      min((point).bounds) as bounds
    from added having count(*) > 0
  )
  select t.count, t.sum, case when fit then t.bounds end,
    case when fit then array(
      select sum(bucket.now::numeric - coalesce(bucket.before, 0))
      from added cross join unnest((point).counts, (last).counts) with ordinality as bucket (now, before, place)
      group by bucket.place order by bucket.place
    ) end
  from totals t
$$;
-- statement
comment on function telemetry.histogram_increase(bigint, timestamptz, timestamptz) is 'What a histogram counted from since until before until, over restarts; no row where that is not known, and no buckets where their bounds changed.';
-- statement
create function telemetry.exponential_buckets(first integer, counts bigint[], shift integer)
returns table (index bigint, count numeric)
language sql immutable parallel safe
as $$
  select (first + place - 1) >> shift, sum(c.count) from unnest(counts) with ordinality as c (count, place) where c.count > 0 group by 1
$$;
-- statement
comment on function telemetry.exponential_buckets is 'The buckets of an exponential histogram that hold anything, by their index at a scale that is smaller by shift.';
-- statement
-- The same of exponential histograms. Buckets are those of the smallest scale that there was, which those of every other one are parts of.
create function telemetry.exponential_histogram_increase(series bigint, since timestamptz, until timestamptz)
returns table (
  count numeric, sum double precision, scale integer, zero_count numeric, zero_threshold double precision,
  positive_offset bigint, positive_counts numeric[], negative_offset bigint, negative_counts numeric[]
)
language sql stable parallel safe
as $$
  with known as (
    (select p as point from telemetry.exponential_histogram_point p where p.series_id = $1 and p.time >= $2 and p.time < $3)
    union all
    (select p from telemetry.exponential_histogram_point p where p.series_id = $1 and p.time < $2 order by p.time desc limit 1)
  ), paired as (
    select k.point, lag(k.point) over (order by (k.point).time) as last, s.temporality = 'delta' as is_delta,
      case when (k.point).start_time < (k.point).time then (k.point).start_time end as start
    from known k join telemetry.series s on s.id = $1 and s.kind = 'exponential_histogram'
  ), judged as (
    select p.*, is_delta or case
        when (last).time is null then start >= $2
        else (point).count < (last).count or coalesce(telemetry.began_anew(start, (last).start_time, (last).time), false)
          or ((point).zero_threshold = (last).zero_threshold and ((point).zero_count < (last).zero_count or exists (
            select from (
              select 1 as side, b.index, b.count from telemetry.exponential_buckets((point).positive_offset, (point).positive_counts, (point).scale - least((point).scale, (last).scale)) b
              union all select -1, b.index, b.count from telemetry.exponential_buckets((point).negative_offset, (point).negative_counts, (point).scale - least((point).scale, (last).scale)) b
              union all select 1, b.index, -b.count from telemetry.exponential_buckets((last).positive_offset, (last).positive_counts, (last).scale - least((point).scale, (last).scale)) b
              union all select -1, b.index, -b.count from telemetry.exponential_buckets((last).negative_offset, (last).negative_counts, (last).scale - least((point).scale, (last).scale)) b
            ) as bucket group by bucket.side, bucket.index having sum(bucket.count) < 0)))
      end as is_whole
    from paired p where (point).time >= $2
  ), added as (
    select point, case when is_whole then null else last end as last from judged where is_whole or (last).time is not null
  ), totals as (
    select sum((point).count::numeric - coalesce((last).count, 0)) as count,
      case when bool_and((point).sum is not null and ((last).time is null or (last).sum is not null))
        then sum((point).sum - coalesce((last).sum, 0)) end as sum,
      bool_and((last).time is null or (point).zero_threshold = (last).zero_threshold)
        and min((point).zero_threshold) = max((point).zero_threshold) as fit,
      least(min((point).scale), min((last).scale)) as scale, min((point).zero_threshold) as zero_threshold,
      sum((point).zero_count::numeric - coalesce((last).zero_count, 0)) as zero_count
    from added having count(*) > 0
  ), summed as (
    select bucket.side, bucket.index, sum(bucket.count) as count
    from totals t cross join added cross join lateral (
      select 1 as side, b.index, b.count from telemetry.exponential_buckets((point).positive_offset, (point).positive_counts, (point).scale - t.scale) b
      union all select -1, b.index, b.count from telemetry.exponential_buckets((point).negative_offset, (point).negative_counts, (point).scale - t.scale) b
      union all select 1, b.index, -b.count from telemetry.exponential_buckets((last).positive_offset, (last).positive_counts, (last).scale - t.scale) b
      union all select -1, b.index, -b.count from telemetry.exponential_buckets((last).negative_offset, (last).negative_counts, (last).scale - t.scale) b
    ) as bucket
    where t.fit group by bucket.side, bucket.index having sum(bucket.count) > 0
  ), sides as (
    select s.side, min(s.index) as first, max(s.index) as final from summed s group by s.side
  ), lists as (
    select sides.side, sides.first, array_agg(coalesce(s.count, 0) order by place) as counts
    from sides cross join generate_series(sides.first, sides.final) as place
      left join summed s on s.side = sides.side and s.index = place
    group by sides.side, sides.first
  )
  select t.count, t.sum,
    case when fit then t.scale end, case when fit then t.zero_count end, case when fit then t.zero_threshold end,
    case when fit then coalesce(positive.first, 0) end, case when fit then coalesce(positive.counts, '{}') end,
    case when fit then coalesce(negative.first, 0) end, case when fit then coalesce(negative.counts, '{}') end
  from totals t left join lists positive on positive.side = 1 left join lists negative on negative.side = -1
$$;
-- statement
comment on function telemetry.exponential_histogram_increase(bigint, timestamptz, timestamptz) is 'What an exponential histogram counted from since until before until, over restarts, at the smallest scale of its points; no row where that is not known, and no buckets where what counts as zero changed.';
-- statement
create function telemetry.histogram_increase(metric text, since timestamptz, until timestamptz, matching jsonb default '{}')
returns table (series_id bigint, attributes jsonb, resource jsonb, scope jsonb, unit text, count numeric, sum double precision, bounds double precision[], counts numeric[])
language sql stable parallel safe
as $$
  select s.id, s.attributes, s.resource, s.scope, s.unit, i.*
  from telemetry.series s cross join lateral telemetry.histogram_increase(s.id, $2, $3) i
  where s.name = $1 and s.kind = 'histogram' and s.attributes @> $4
$$;
-- statement
comment on function telemetry.histogram_increase(text, timestamptz, timestamptz, jsonb) is 'What each series of a histogram counted whose attributes hold those given.';
-- statement
create function telemetry.exponential_histogram_increase(metric text, since timestamptz, until timestamptz, matching jsonb default '{}')
returns table (
  series_id bigint, attributes jsonb, resource jsonb, scope jsonb, unit text, count numeric, sum double precision, scale integer, zero_count numeric,
  zero_threshold double precision, positive_offset bigint, positive_counts numeric[], negative_offset bigint, negative_counts numeric[]
)
language sql stable parallel safe
as $$
  select s.id, s.attributes, s.resource, s.scope, s.unit, i.*
  from telemetry.series s cross join lateral telemetry.exponential_histogram_increase(s.id, $2, $3) i
  where s.name = $1 and s.kind = 'exponential_histogram' and s.attributes @> $4
$$;
-- statement
comment on function telemetry.exponential_histogram_increase(text, timestamptz, timestamptz, jsonb) is 'What each series of an exponential histogram counted whose attributes hold those given.';
