alter table telemetry.policy add column gone_before timestamptz;
-- statement
comment on column telemetry.policy.gone_before is 'Rows before this may have been dropped, as they came: no rollup of that time is reckoned again.';
