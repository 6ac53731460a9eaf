-- One value that is no number leaves a summary without a sum for as long as its sender runs, and its counts as they were.
alter table telemetry.summary_point alter column sum drop not null;
