alter table telemetry.rollup_state drop constraint rollup_state_resolution_check;
-- statement
alter table telemetry.rollup_state add constraint rollup_state_resolution_check check (resolution in ('5m', '1h', '3h'));
-- statement
comment on column telemetry.rollup_state.resolution is 'The width of a bucket: 5m, 1h or 3h.';
-- statement
comment on column telemetry.policy.keep_1h is 'For how long rollups of an hour and of three hours are kept.';
