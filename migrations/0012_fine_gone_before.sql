alter table telemetry.policy add column gone_before_5m timestamptz;
-- statement
comment on column telemetry.policy.gone_before_5m is 'Rollups of 5 minutes before this may have been dropped, by a policy that kept them for less long.';
