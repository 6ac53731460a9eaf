-- A hash of names holds the thousands of series of one name in one chain of pages, and each new one walks through all of it.
drop index telemetry.series_name;
-- statement
-- By bytes, so that it outlives a change of collations. A name of more than some 2700 bytes is refused with its points; OTLP allows 255.
create index series_name on telemetry.series (name text_pattern_ops);
