-- Points that each hold one measurement are of the largest scale, and what two of them hold may be millions of its buckets apart. Of the scales
-- at which each side has no more than 1024 buckets the result has the largest that no point is below.
create or replace function telemetry.exponential_histogram_increase(series bigint, since timestamptz, until timestamptz)
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
  ), narrowed as (
    select min(shift) as shift from generate_series(0, 62) as shift
    where not exists (select from sides where (sides.final >> shift) - (sides.first >> shift) >= 1024)
  ), buckets as (
    select s.side, s.index >> n.shift as index, sum(s.count) as count from summed s cross join narrowed n group by 1, 2
  ), lists as (
    select sides.side, sides.first >> n.shift as first, array_agg(coalesce(b.count, 0) order by place) as counts
    from sides cross join narrowed n cross join generate_series(sides.first >> n.shift, sides.final >> n.shift) as place
      left join buckets b on b.side = sides.side and b.index = place
    group by 1, 2
  )
  select t.count, t.sum,
    case when fit then t.scale - n.shift end, case when fit then t.zero_count end, case when fit then t.zero_threshold end,
    case when fit then coalesce(positive.first, 0) end, case when fit then coalesce(positive.counts, '{}') end,
    case when fit then coalesce(negative.first, 0) end, case when fit then coalesce(negative.counts, '{}') end
  from totals t cross join narrowed n left join lists positive on positive.side = 1 left join lists negative on negative.side = -1
$$;
-- statement
comment on function telemetry.exponential_histogram_increase(bigint, timestamptz, timestamptz) is 'What an exponential histogram counted from since until before until, over restarts, at the smallest scale of its points, or the largest below it at which each side has no more than 1024 buckets; no row where that is not known, and no buckets where what counts as zero changed.';
