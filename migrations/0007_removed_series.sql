create table telemetry_data.removed_series (
  like telemetry.series,
  removed timestamptz not null default now(),
  primary key (id)
);
-- statement
create index removed_series_removed on telemetry_data.removed_series (removed);
-- statement
comment on table telemetry_data.removed_series is 'Series that maintenance took out of telemetry.series because they had no points, for as long as a point may still come of one that knew them there: then they are put back, or forgotten.';
