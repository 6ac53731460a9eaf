create schema if not exists telemetry;
-- statement
create table telemetry.container (
  time timestamptz not null,
  server_id text not null,
  container_id text not null,
  start_time timestamptz,
  container_name text,
  container_image_name text,
  container_image_id text,
  agent_id text,
  agent_occurrence_id text,
  labels jsonb,
  cpu_time_user double precision,
  cpu_time_system double precision,
  cpu_usage double precision,
  memory_usage bigint,
  memory_working_set bigint,
  memory_available bigint,
  memory_limit bigint,
  disk_io_read bigint,
  disk_io_write bigint,
  network_io_receive bigint,
  network_io_transmit bigint,
  uptime double precision,
  pids bigint,
  restarts bigint,
  exit_code bigint,
  oom_killed bigint,
  state text,
  health text,
  primary key (server_id, container_id, time)
);
-- statement
create index container_time on telemetry.container using brin (time);
-- statement
comment on table telemetry.container is 'A container of a Docker-compatible engine, running or not.';
-- statement
comment on column telemetry.container.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.container.server_id is 'The host whose engine runs the container.';
-- statement
comment on column telemetry.container.container_id is 'Full container id.';
-- statement
comment on column telemetry.container.start_time is 'When the counters of this row began to count.';
-- statement
comment on column telemetry.container.container_name is 'Container name, without its leading slash.';
-- statement
comment on column telemetry.container.container_image_name is 'Image as it was asked for: tag or digest form.';
-- statement
comment on column telemetry.container.container_image_id is 'Id of the image.';
-- statement
comment on column telemetry.container.agent_id is 'CIRIS agent that the container says it runs.';
-- statement
comment on column telemetry.container.agent_occurrence_id is 'Occurrence of that agent.';
-- statement
comment on column telemetry.container.labels is 'Container labels on the allow-list.';
-- statement
comment on column telemetry.container.cpu_time_user is 'CPU time consumed since the container started. Unit: s.';
-- statement
comment on column telemetry.container.cpu_time_system is 'CPU time consumed since the container started. Unit: s.';
-- statement
comment on column telemetry.container.cpu_usage is 'Cores in use on average since the previous snapshot. Unit: {cpu}.';
-- statement
comment on column telemetry.container.memory_usage is 'Memory charged to the container, page cache included. Unit: By.';
-- statement
comment on column telemetry.container.memory_working_set is 'Memory in use less the page cache that the kernel can drop at once. Unit: By.';
-- statement
comment on column telemetry.container.memory_available is 'Memory limit less the working set; absent without a limit. Unit: By.';
-- statement
comment on column telemetry.container.memory_limit is 'Memory limit of the container; absent without one. Unit: By.';
-- statement
comment on column telemetry.container.disk_io_read is 'Bytes moved to and from block devices since the container started. Unit: By.';
-- statement
comment on column telemetry.container.disk_io_write is 'Bytes moved to and from block devices since the container started. Unit: By.';
-- statement
comment on column telemetry.container.network_io_receive is 'Bytes over the container''s own network interfaces since it started. Unit: By.';
-- statement
comment on column telemetry.container.network_io_transmit is 'Bytes over the container''s own network interfaces since it started. Unit: By.';
-- statement
comment on column telemetry.container.uptime is 'Time since the container last started, while it runs. Unit: s.';
-- statement
comment on column telemetry.container.pids is 'Processes and threads in the container. Unit: {pid}.';
-- statement
comment on column telemetry.container.restarts is 'Restarts by the engine''s restart policy, as the engine counts them; a start by hand sets it back to zero. Unit: {restart}.';
-- statement
comment on column telemetry.container.exit_code is 'Exit code of a container that has ended.';
-- statement
comment on column telemetry.container.oom_killed is 'Whether the kernel killed a process of the ended container for its memory (1) or not (0), as the engine says.';
-- statement
comment on column telemetry.container.state is 'State of the container. One of: created, running, paused, restarting, removing, exited, dead, unknown.';
-- statement
comment on column telemetry.container.health is 'Verdict of the container healthcheck; absent without one. One of: starting, healthy, unhealthy.';
-- statement
create table telemetry.server (
  time timestamptz not null,
  server_id text not null,
  server_engine_name text,
  server_engine_version text,
  server_engine_api_version text,
  host_name text,
  error_type text,
  up bigint,
  response_duration double precision,
  containers_created bigint,
  containers_running bigint,
  containers_paused bigint,
  containers_restarting bigint,
  containers_removing bigint,
  containers_exited bigint,
  containers_dead bigint,
  containers_unknown bigint,
  primary key (server_id, time)
);
-- statement
create index server_time on telemetry.server using brin (time);
-- statement
comment on table telemetry.server is 'A host with a Docker-compatible engine.';
-- statement
comment on column telemetry.server.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.server.server_id is 'The host, as the configuration names it.';
-- statement
comment on column telemetry.server.server_engine_name is 'Engine that answers: docker or podman.';
-- statement
comment on column telemetry.server.server_engine_version is 'Version that the engine gives.';
-- statement
comment on column telemetry.server.server_engine_api_version is 'API version agreed with the engine.';
-- statement
comment on column telemetry.server.host_name is 'Name that the engine gives for its host.';
-- statement
comment on column telemetry.server.error_type is 'Why the engine could not be read; absent while it can.';
-- statement
comment on column telemetry.server.up is 'Whether the engine of the host answered (1) or not (0).';
-- statement
comment on column telemetry.server.response_duration is 'Time that the engine took to list its containers. Unit: s.';
-- statement
comment on column telemetry.server.containers_created is 'Containers on the host, by state. Unit: {container}.';
-- statement
comment on column telemetry.server.containers_running is 'Containers on the host, by state. Unit: {container}.';
-- statement
comment on column telemetry.server.containers_paused is 'Containers on the host, by state. Unit: {container}.';
-- statement
comment on column telemetry.server.containers_restarting is 'Containers on the host, by state. Unit: {container}.';
-- statement
comment on column telemetry.server.containers_removing is 'Containers on the host, by state. Unit: {container}.';
-- statement
comment on column telemetry.server.containers_exited is 'Containers on the host, by state. Unit: {container}.';
-- statement
comment on column telemetry.server.containers_dead is 'Containers on the host, by state. Unit: {container}.';
-- statement
comment on column telemetry.server.containers_unknown is 'Containers on the host, by state. Unit: {container}.';
-- statement
create table telemetry.source (
  time timestamptz not null,
  source text not null,
  source_location text,
  error_type text,
  up bigint,
  age double precision,
  read_age double precision,
  primary key (source, time)
);
-- statement
create index source_time on telemetry.source using brin (time);
-- statement
comment on table telemetry.source is 'A place that tells of the fleet, such as the registry of CIRISManager.';
-- statement
comment on column telemetry.source.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.source.source is 'Which place.';
-- statement
comment on column telemetry.source.source_location is 'Its path or address.';
-- statement
comment on column telemetry.source.error_type is 'Why it could not be read; absent while it can.';
-- statement
comment on column telemetry.source.up is 'Whether the last reading gave content that can be used (1) or not (0).';
-- statement
comment on column telemetry.source.age is 'Time since the content in use was written; it may be older than what its writer knows. Unit: s.';
-- statement
comment on column telemetry.source.read_age is 'Time since the content in use was read; it grows while the source cannot be read. Unit: s.';
-- statement
create table telemetry.fleet (
  time timestamptz not null,
  service_instance_id text not null,
  servers_up bigint,
  servers_down bigint,
  containers_created bigint,
  containers_running bigint,
  containers_paused bigint,
  containers_restarting bigint,
  containers_removing bigint,
  containers_exited bigint,
  containers_dead bigint,
  containers_unknown bigint,
  primary key (service_instance_id, time)
);
-- statement
create index fleet_time on telemetry.fleet using brin (time);
-- statement
comment on table telemetry.fleet is 'Everything that one exporter watches, summed up per snapshot.';
-- statement
comment on column telemetry.fleet.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.fleet.service_instance_id is 'The exporter that says so.';
-- statement
comment on column telemetry.fleet.servers_up is 'Hosts whose engine answered (up) or did not (down). Unit: {server}.';
-- statement
comment on column telemetry.fleet.servers_down is 'Hosts whose engine answered (up) or did not (down). Unit: {server}.';
-- statement
comment on column telemetry.fleet.containers_created is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
comment on column telemetry.fleet.containers_running is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
comment on column telemetry.fleet.containers_paused is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
comment on column telemetry.fleet.containers_restarting is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
comment on column telemetry.fleet.containers_removing is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
comment on column telemetry.fleet.containers_exited is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
comment on column telemetry.fleet.containers_dead is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
comment on column telemetry.fleet.containers_unknown is 'Containers on all hosts that answered, by state. Unit: {container}.';
-- statement
create table telemetry.finding (
  time timestamptz not null,
  service_instance_id text not null,
  finding_kind text not null,
  findings bigint,
  primary key (service_instance_id, finding_kind, time)
);
-- statement
create index finding_time on telemetry.finding using brin (time);
-- statement
comment on table telemetry.finding is 'What does not fit together in the watched fleet, counted by kind.';
-- statement
comment on column telemetry.finding.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.finding.service_instance_id is 'The exporter that says so.';
-- statement
comment on column telemetry.finding.finding_kind is 'What kind of contradiction.';
-- statement
comment on column telemetry.finding.findings is 'Contradictions of this kind in the snapshot; absent where there are none. Unit: {finding}.';
-- statement
create table telemetry.collector (
  time timestamptz not null,
  service_instance_id text not null,
  collector text not null,
  start_time timestamptz,
  error_type text,
  up bigint,
  duration double precision,
  failures bigint,
  problems_timeout bigint,
  problems_parse bigint,
  problems_other bigint,
  last_success double precision,
  primary key (service_instance_id, collector, time)
);
-- statement
create index collector_time on telemetry.collector using brin (time);
-- statement
comment on table telemetry.collector is 'A collector of this exporter: whether it can read its source.';
-- statement
comment on column telemetry.collector.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.collector.service_instance_id is 'The exporter that says so.';
-- statement
comment on column telemetry.collector.collector is 'Name of the collector.';
-- statement
comment on column telemetry.collector.start_time is 'When the counters of this row began to count.';
-- statement
comment on column telemetry.collector.error_type is 'Why the last collection failed; absent when it did not.';
-- statement
comment on column telemetry.collector.up is 'Whether the last collection could read its source (1) or not (0).';
-- statement
comment on column telemetry.collector.duration is 'Time that the last collection took. Unit: s.';
-- statement
comment on column telemetry.collector.failures is 'Collections that could not read their source. Unit: {failure}.';
-- statement
comment on column telemetry.collector.problems_timeout is 'Single reads that failed in collections that otherwise went on. Unit: {problem}.';
-- statement
comment on column telemetry.collector.problems_parse is 'Single reads that failed in collections that otherwise went on. Unit: {problem}.';
-- statement
comment on column telemetry.collector.problems_other is 'Single reads that failed in collections that otherwise went on. Unit: {problem}.';
-- statement
comment on column telemetry.collector.last_success is 'When a collection last succeeded, as seconds since the epoch; absent before the first. Unit: s.';
-- statement
create table telemetry.exporter (
  time timestamptz not null,
  service_instance_id text not null,
  start_time timestamptz,
  service_version text,
  snapshots bigint,
  snapshots_skipped bigint,
  snapshot_duration double precision,
  snapshot_rows bigint,
  series_dropped bigint,
  delivery_snapshots bigint,
  delivery_failures bigint,
  delivery_points_rejected bigint,
  delivery_snapshots_dropped bigint,
  spool_snapshots bigint,
  spool_size bigint,
  process_cpu_time_user double precision,
  process_cpu_time_system double precision,
  process_memory_usage bigint,
  primary key (service_instance_id, time)
);
-- statement
create index exporter_time on telemetry.exporter using brin (time);
-- statement
comment on table telemetry.exporter is 'This exporter: its own cost, its snapshots, and what became of them.';
-- statement
comment on column telemetry.exporter.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.exporter.service_instance_id is 'The exporter that says so.';
-- statement
comment on column telemetry.exporter.start_time is 'When the counters of this row began to count.';
-- statement
comment on column telemetry.exporter.service_version is 'Version of ciris-telemetry.';
-- statement
comment on column telemetry.exporter.snapshots is 'Snapshots taken. Unit: {snapshot}.';
-- statement
comment on column telemetry.exporter.snapshots_skipped is 'Snapshots not taken because the one before was still under way. Unit: {snapshot}.';
-- statement
comment on column telemetry.exporter.snapshot_duration is 'Time that the collectors of this snapshot took together. Unit: s.';
-- statement
comment on column telemetry.exporter.snapshot_rows is 'Rows that the collectors put into this snapshot. Unit: {row}.';
-- statement
comment on column telemetry.exporter.series_dropped is 'Points left out because their metric had more live series than its limit. Unit: {series}.';
-- statement
comment on column telemetry.exporter.delivery_snapshots is 'Snapshots accepted by the OTLP endpoint or the database. Unit: {snapshot}.';
-- statement
comment on column telemetry.exporter.delivery_failures is 'Attempts at delivery that failed; the snapshot waits and is tried again. Unit: {attempt}.';
-- statement
comment on column telemetry.exporter.delivery_points_rejected is 'Points that the receiver refused for good. Unit: {point}.';
-- statement
comment on column telemetry.exporter.delivery_snapshots_dropped is 'Snapshots lost because the spool was full or unusable, or the receiver refused them for good. Unit: {snapshot}.';
-- statement
comment on column telemetry.exporter.spool_snapshots is 'Snapshots that wait for delivery. Unit: {snapshot}.';
-- statement
comment on column telemetry.exporter.spool_size is 'Disk space of the snapshots that wait for delivery. Unit: By.';
-- statement
comment on column telemetry.exporter.process_cpu_time_user is 'CPU time that the exporter has used. Unit: s.';
-- statement
comment on column telemetry.exporter.process_cpu_time_system is 'CPU time that the exporter has used. Unit: s.';
-- statement
comment on column telemetry.exporter.process_memory_usage is 'Resident memory of the exporter. Unit: By.';
