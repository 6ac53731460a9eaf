-- As before, but for two things. A start that is not before its point says that the sum counted before anybody looked, as OTLP has it: its value
-- is no increase then, and the sum need not have begun anew. Deltas whose times overlap do not make the time longer that they tell of.
create or replace function telemetry.increase_steps(series bigint, since timestamptz, until timestamptz)
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
    select k.time, k.value, case when k.start_time < k.time then k.start_time end as start, s.temporality = 'delta' as is_delta, s.monotonic,
      lag(k.time) over (order by k.time) as last_time, lag(k.value) over (order by k.time) as last_value,
      lag(k.start_time) over (order by k.time) as last_start
    from known k join telemetry.series s on s.id = $1 and s.kind = 'sum'
  ), judged as (
    select p.*, monotonic and last_time is not null
      and (value < last_value or coalesce(telemetry.began_anew(start, last_start, last_time), false)) as began_anew
    from paired p where p.time >= $2
  )
  select j.time,
    case
      when is_delta or began_anew then value
      when last_time is null then case when start >= $2 then value end
      else value - last_value
    end,
    extract(epoch from j.time - case
      when is_delta or began_anew then greatest(start, last_time)
      when last_time is null then case when start >= $2 then start end
      else last_time
    end)
  from judged j
$$;
