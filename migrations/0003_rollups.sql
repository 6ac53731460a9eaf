create schema if not exists telemetry_data;
-- statement
comment on schema telemetry_data is 'Partitions and stored rollups behind the tables and views of the schema telemetry; nothing here is meant to be queried by name.';
-- statement
create table telemetry.policy (
  relation text primary key,
  keep_raw interval,
  keep_5m interval,
  keep_1h interval,
  compress_after interval,
  late interval
);
-- statement
comment on table telemetry.policy is 'For how long the rows of a table are kept.';
-- statement
comment on column telemetry.policy.relation is 'The table, without its schema.';
-- statement
comment on column telemetry.policy.keep_raw is 'For how long rows are kept as they came.';
-- statement
comment on column telemetry.policy.keep_5m is 'For how long rollups of 5 minutes are kept.';
-- statement
comment on column telemetry.policy.keep_1h is 'For how long rollups of an hour are kept.';
-- statement
comment on column telemetry.policy.compress_after is 'How old rows are when TimescaleDB compresses them.';
-- statement
comment on column telemetry.policy.late is 'How old a row may be when it arrives.';
-- statement
create table telemetry.rollup_state (
  relation text not null,
  resolution text not null check (resolution in ('5m', '1h')),
  until timestamptz,
  filled timestamptz,
  primary key (relation, resolution)
);
-- statement
comment on table telemetry.rollup_state is 'How far the rollups of a table are stored.';
-- statement
comment on column telemetry.rollup_state.relation is 'The table, without its schema.';
-- statement
comment on column telemetry.rollup_state.resolution is 'The width of a bucket: 5m or 1h.';
-- statement
comment on column telemetry.rollup_state.until is 'Whoever stores a row that is older than this says so in late_bucket.';
-- statement
comment on column telemetry.rollup_state.filled is 'Buckets that begin before this are read from where they are stored, later ones are reckoned anew by each query; all are when null.';
-- statement
create table telemetry.late_bucket (
  relation text not null,
  time timestamptz not null,
  primary key (relation, time)
);
-- statement
comment on table telemetry.late_bucket is 'Buckets of 5 minutes whose rollups are to be reckoned again, for rows came late.';
-- statement
comment on column telemetry.late_bucket.relation is 'The table, without its schema.';
-- statement
comment on column telemetry.late_bucket.time is 'When the bucket begins.';
-- statement
create function telemetry.last_element(elements anyarray) returns anyelement
language sql immutable parallel safe
as $$ select elements[cardinality(elements)] $$;
-- statement
comment on function telemetry.last_element is 'The last element of an array, null when there is none.';
-- statement
create function telemetry.began_anew(start_time timestamptz, last_start timestamptz, last_time timestamptz) returns boolean
language sql immutable parallel safe
as $$
  select start_time is distinct from last_start
    and (start_time >= last_time or start_time - last_start > interval '5 seconds')
$$;
-- statement
comment on function telemetry.began_anew is 'Whether a counter with this start time began to count again since its last sample; a start that moved by moments is the same start, reckoned from an uptime by an exporter that was itself restarted.';
-- statement
create function telemetry.counter_increase(times timestamptz[], starts timestamptz[], amounts bigint[]) returns numeric
language plpgsql immutable parallel safe
as $$
declare
  base numeric := amounts[1];
  increase numeric := 0;
begin
  for i in 2 .. coalesce(cardinality(amounts), 0) loop
    if amounts[i] < amounts[i - 1] or telemetry.began_anew(starts[i], starts[i - 1], times[i - 1]) then
      increase := increase + amounts[i - 1] - base;
      base := 0;
    end if;
  end loop;
  return increase + amounts[cardinality(amounts)] - base;
end
$$;
-- statement
comment on function telemetry.counter_increase(timestamptz[], timestamptz[], bigint[]) is 'By how much a counter rose from its first sample to its last: arrays of one element a sample, in the order of time. What it counted since it began anew counts whole.';
-- statement
create function telemetry.counter_increase(times timestamptz[], starts timestamptz[], amounts double precision[]) returns double precision
language plpgsql immutable parallel safe
as $$
declare
  base double precision := amounts[1];
  increase double precision := 0;
begin
  for i in 2 .. coalesce(cardinality(amounts), 0) loop
    if amounts[i] < amounts[i - 1] or telemetry.began_anew(starts[i], starts[i - 1], times[i - 1]) then
      increase := increase + (amounts[i - 1] - base);
      base := 0;
    end if;
  end loop;
  return increase + (amounts[cardinality(amounts)] - base);
end
$$;
-- statement
comment on function telemetry.counter_increase(timestamptz[], timestamptz[], double precision[]) is 'By how much a counter rose from its first sample to its last: arrays of one element a sample, in the order of time. What it counted since it began anew counts whole.';
-- statement
create function telemetry.counter_increase_of_parts(
  firsts bigint[], first_starts timestamptz[], lasts bigint[], last_starts timestamptz[], last_times timestamptz[], increases numeric[]
) returns numeric
language plpgsql immutable parallel safe
as $$
declare
  increase numeric := increases[1];
begin
  for i in 2 .. coalesce(cardinality(firsts), 0) loop
    increase := increase + increases[i] + firsts[i];
    if not (firsts[i] < lasts[i - 1] or coalesce(telemetry.began_anew(first_starts[i], last_starts[i - 1], last_times[i - 1]), false)) then
      increase := increase - lasts[i - 1];
    end if;
  end loop;
  return increase;
end
$$;
-- statement
comment on function telemetry.counter_increase_of_parts(bigint[], timestamptz[], bigint[], timestamptz[], timestamptz[], numeric[]) is 'By how much a counter rose over parts of time that follow each other, of which first and last samples and the increases are known: arrays of one element a part.';
-- statement
create function telemetry.counter_increase_of_parts(
  firsts double precision[], first_starts timestamptz[], lasts double precision[], last_starts timestamptz[], last_times timestamptz[], increases double precision[]
) returns double precision
language plpgsql immutable parallel safe
as $$
declare
  increase double precision := increases[1];
begin
  for i in 2 .. coalesce(cardinality(firsts), 0) loop
    if firsts[i] < lasts[i - 1] or telemetry.began_anew(first_starts[i], last_starts[i - 1], last_times[i - 1]) then
      increase := increase + (firsts[i] + increases[i]);
    else
      increase := increase + (firsts[i] - lasts[i - 1] + increases[i]);
    end if;
  end loop;
  return increase;
end
$$;
-- statement
comment on function telemetry.counter_increase_of_parts(double precision[], timestamptz[], double precision[], timestamptz[], timestamptz[], double precision[]) is 'By how much a counter rose over parts of time that follow each other, of which first and last samples and the increases are known: arrays of one element a part.';
-- statement
create function telemetry.state_hold() returns interval
language sql immutable parallel safe
as $$ select interval '5 minutes' $$;
-- statement
comment on function telemetry.state_hold is 'For how long a state is taken to hold after a sample of it when no other comes.';
-- statement
create function telemetry.state_time(known jsonb, state text, held interval) returns jsonb
language sql immutable parallel safe
as $$
  select known || jsonb_build_object(state, coalesce((known ->> state)::bigint, 0) + (extract(epoch from held) * 1000000)::bigint)
$$;
-- statement
comment on function telemetry.state_time is 'The microseconds of each state with the time for which one held again.';
-- statement
create function telemetry.state_times(times timestamptz[], states text[]) returns jsonb
language plpgsql immutable parallel safe
as $$
declare
  hold constant interval := telemetry.state_hold();
  held interval := '0';
  known jsonb := '{}';
begin
  if states is null then
    return null;
  end if;
  for i in 2 .. cardinality(states) loop
    held := held + least(times[i] - times[i - 1], hold);
    if i = cardinality(states) or states[i] <> states[i - 1] then
      known := telemetry.state_time(known, states[i - 1], held);
      held := '0';
    end if;
  end loop;
  return known;
end
$$;
-- statement
comment on function telemetry.state_times is 'For how many microseconds each state held from the first sample to the last: arrays of one element a sample, in the order of time. Time for which no state is known counts for none.';
-- statement
create function telemetry.state_times_of_parts(
  first_times timestamptz[], last_times timestamptz[], lasts text[], times jsonb[]
) returns jsonb
language plpgsql immutable parallel safe
as $$
declare
  hold constant interval := telemetry.state_hold();
  known jsonb := times[1];
  state text;
  micros bigint;
begin
  for i in 2 .. coalesce(cardinality(lasts), 0) loop
    known := telemetry.state_time(known, lasts[i - 1], least(first_times[i] - last_times[i - 1], hold));
    for state, micros in select key, value::bigint from jsonb_each_text(times[i]) loop
      known := telemetry.state_time(known, state, micros * interval '1 microsecond');
    end loop;
  end loop;
  return known;
end
$$;
-- statement
comment on function telemetry.state_times_of_parts is 'For how many microseconds each state held over parts of time that follow each other: arrays of one element a part. Time for which no state is known counts for none.';
