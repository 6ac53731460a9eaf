create schema if not exists telemetry;
-- statement
create table telemetry.agent (
  time timestamptz not null,
  server_id text not null,
  agent_id text not null,
  agent_occurrence_id text not null,
  start_time timestamptz,
  agent_version text,
  agent_code_name text,
  agent_code_hash text,
  error_type text,
  reachable bigint,
  up bigint,
  authorized bigint,
  access text,
  health text,
  degraded_mode bigint,
  cognitive_state text,
  cognitive_state_duration double precision,
  response_duration double precision,
  uptime double precision,
  warnings_info bigint,
  warnings_warning bigint,
  warnings_error bigint,
  warnings_unknown bigint,
  providers_healthy bigint,
  providers_unhealthy bigint,
  requests_health bigint,
  requests_unified bigint,
  requests_overview bigint,
  requests_status bigint,
  request_failures_connect_timeout bigint,
  request_failures_headers_timeout bigint,
  request_failures_body_timeout bigint,
  request_failures_connection_refused bigint,
  request_failures_connection_reset bigint,
  request_failures_name_unknown bigint,
  request_failures_unreachable bigint,
  request_failures_tls_failed bigint,
  request_failures_redirect bigint,
  request_failures_unauthorized bigint,
  request_failures_forbidden bigint,
  request_failures_not_found bigint,
  request_failures_rate_limited bigint,
  request_failures_client_error bigint,
  request_failures_server_error bigint,
  request_failures_not_json bigint,
  request_failures_too_large bigint,
  request_failures_unreadable bigint,
  request_failures_other bigint,
  request_allowance bigint,
  rate_limit_remaining bigint,
  primary key (server_id, agent_id, agent_occurrence_id, time)
);
-- statement
create index agent_time on telemetry.agent using brin (time);
-- statement
comment on table telemetry.agent is 'An agent that should be watched, and how it answers.';
-- statement
comment on column telemetry.agent.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.agent.server_id is 'The host on which the agent runs.';
-- statement
comment on column telemetry.agent.agent_id is 'The agent, as its manager calls it.';
-- statement
comment on column telemetry.agent.agent_occurrence_id is 'Which of several occurrences of the agent.';
-- statement
comment on column telemetry.agent.start_time is 'When the counters of this row began to count.';
-- statement
comment on column telemetry.agent.agent_version is 'Version that the agent gives.';
-- statement
comment on column telemetry.agent.agent_code_name is 'Code name of that version.';
-- statement
comment on column telemetry.agent.agent_code_hash is 'Hash of its code, as the agent gives it.';
-- statement
comment on column telemetry.agent.error_type is 'How the newest request for its health, or else for its figures, failed.';
-- statement
comment on column telemetry.agent.reachable is 'Whether anything answered in full where the agent should be (1) or not (0), just now.';
-- statement
comment on column telemetry.agent.up is 'Whether the agent answers as one (1) or not (0); it takes several answers in a row to change this.';
-- statement
comment on column telemetry.agent.authorized is 'Whether the agent accepted our token (1) or refused it (0); absent while it was sent none.';
-- statement
comment on column telemetry.agent.access is 'What became of our token: accepted, refused as a token or for its role, or not there to be sent. One of: authorized, unauthorized, forbidden, token_missing, token_unusable.';
-- statement
comment on column telemetry.agent.health is 'Health in the word of the agent; critical also where it answers with a server error, unknown where it says none. One of: healthy, degraded, critical, initializing, unknown.';
-- statement
comment on column telemetry.agent.degraded_mode is 'Whether the agent says that it runs in degraded mode (1) or not (0).';
-- statement
comment on column telemetry.agent.cognitive_state is 'Cognitive state; an agent that just started says shutdown before it has one, which is unknown here. One of: wakeup, work, play, solitude, dream, shutdown, setup, wakeup_error, unknown.';
-- statement
comment on column telemetry.agent.cognitive_state_duration is 'Time since the cognitive state was seen to change; absent until a change was seen. Unit: s.';
-- statement
comment on column telemetry.agent.response_duration is 'Time that the agent took to answer for its health. Unit: s.';
-- statement
comment on column telemetry.agent.uptime is 'Time since the process of the agent started, by its own word. Unit: s.';
-- statement
comment on column telemetry.agent.warnings_info is 'Warnings that the agent gives with its health; absent in versions that give none. Unit: {warning}.';
-- statement
comment on column telemetry.agent.warnings_warning is 'Warnings that the agent gives with its health; absent in versions that give none. Unit: {warning}.';
-- statement
comment on column telemetry.agent.warnings_error is 'Warnings that the agent gives with its health; absent in versions that give none. Unit: {warning}.';
-- statement
comment on column telemetry.agent.warnings_unknown is 'Warnings that the agent gives with its health; absent in versions that give none. Unit: {warning}.';
-- statement
comment on column telemetry.agent.providers_healthy is 'Providers of services that the agent has registered, as it sees them with its health. Unit: {provider}.';
-- statement
comment on column telemetry.agent.providers_unhealthy is 'Providers of services that the agent has registered, as it sees them with its health. Unit: {provider}.';
-- statement
comment on column telemetry.agent.requests_health is 'Requests that this collector sent to the agent; all but those for its health spend its rate limit. Unit: {request}.';
-- statement
comment on column telemetry.agent.requests_unified is 'Requests that this collector sent to the agent; all but those for its health spend its rate limit. Unit: {request}.';
-- statement
comment on column telemetry.agent.requests_overview is 'Requests that this collector sent to the agent; all but those for its health spend its rate limit. Unit: {request}.';
-- statement
comment on column telemetry.agent.requests_status is 'Requests that this collector sent to the agent; all but those for its health spend its rate limit. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_connect_timeout is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_headers_timeout is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_body_timeout is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_connection_refused is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_connection_reset is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_name_unknown is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_unreachable is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_tls_failed is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_redirect is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_unauthorized is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_forbidden is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_not_found is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_rate_limited is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_client_error is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_server_error is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_not_json is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_too_large is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_unreadable is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_failures_other is 'Requests of this collector that failed, by how. Unit: {request}.';
-- statement
comment on column telemetry.agent.request_allowance is 'Requests with a token that this collector may still send to the agent within a minute. Unit: {request}.';
-- statement
comment on column telemetry.agent.rate_limit_remaining is 'What the agent says is left of its rate limit for token holders at this address, its manager among them. Unit: {request}.';
-- statement
create table telemetry.agent_report (
  time timestamptz not null,
  server_id text not null,
  agent_id text not null,
  agent_occurrence_id text not null,
  agent_reported_carbon_1h double precision,
  agent_reported_carbon_24h double precision,
  agent_reported_energy_1h double precision,
  agent_reported_energy_24h double precision,
  agent_reported_cost_1h double precision,
  agent_reported_cost_24h double precision,
  agent_reported_tasks_24h bigint,
  agent_reported_deferrals bigint,
  agent_reported_points bigint,
  primary key (server_id, agent_id, agent_occurrence_id, time)
);
-- statement
create index agent_report_time on telemetry.agent_report using brin (time);
-- statement
comment on table telemetry.agent_report is 'What an agent reports of its last hour and day; the time of a row is when it answered.';
-- statement
comment on column telemetry.agent_report.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.agent_report.server_id is 'The host on which the agent runs.';
-- statement
comment on column telemetry.agent_report.agent_id is 'The agent, as its manager calls it.';
-- statement
comment on column telemetry.agent_report.agent_occurrence_id is 'Which of several occurrences of the agent.';
-- statement
comment on column telemetry.agent_report.agent_reported_carbon_1h is 'Carbon dioxide of the last hour as the agent reports it, which is too low once it stored more than 1000 points. Unit: g.';
-- statement
comment on column telemetry.agent_report.agent_reported_carbon_24h is 'Carbon dioxide of the last 24 hours as the agent reports it, which is too low once it stored more than 1000 points. Unit: g.';
-- statement
comment on column telemetry.agent_report.agent_reported_energy_1h is 'Energy of the last hour as the agent reports it, which is too low once it stored more than 1000 points. Unit: J.';
-- statement
comment on column telemetry.agent_report.agent_reported_energy_24h is 'Energy of the last 24 hours as the agent reports it, which is too low once it stored more than 1000 points. Unit: J.';
-- statement
comment on column telemetry.agent_report.agent_reported_cost_1h is 'Cost of language models of the last hour as the agent reports it, which is too low once it stored more than 1000 points. Unit: {USD}.';
-- statement
comment on column telemetry.agent_report.agent_reported_cost_24h is 'Cost of language models of the last 24 hours as the agent reports it, which is too low once it stored more than 1000 points. Unit: {USD}.';
-- statement
comment on column telemetry.agent_report.agent_reported_tasks_24h is 'Tasks completed in the last 24 hours, as the agent reports it. Unit: {task}.';
-- statement
comment on column telemetry.agent_report.agent_reported_deferrals is 'Decisions that wait for a wise authority, as the agent reports it. Unit: {deferral}.';
-- statement
comment on column telemetry.agent_report.agent_reported_points is 'Metric points that the agent stored, as it reports it; beyond 1000 its sums leave some out. Unit: {point}.';
-- statement
create table telemetry.agent_service (
  time timestamptz not null,
  server_id text not null,
  agent_id text not null,
  agent_occurrence_id text not null,
  agent_service_name text not null,
  start_time timestamptz,
  agent_service_healthy bigint,
  agent_service_errors bigint,
  agent_service_requests bigint,
  primary key (server_id, agent_id, agent_occurrence_id, agent_service_name, time)
);
-- statement
create index agent_service_time on telemetry.agent_service using brin (time);
-- statement
comment on table telemetry.agent_service is 'A service inside an agent; the time of a row is when the agent took the figures.';
-- statement
comment on column telemetry.agent_service.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.agent_service.server_id is 'The host on which the agent runs.';
-- statement
comment on column telemetry.agent_service.agent_id is 'The agent, as its manager calls it.';
-- statement
comment on column telemetry.agent_service.agent_occurrence_id is 'Which of several occurrences of the agent.';
-- statement
comment on column telemetry.agent_service.agent_service_name is 'Name of the service, without the ids of the objects that provide it.';
-- statement
comment on column telemetry.agent_service.start_time is 'When the counters of this row began to count.';
-- statement
comment on column telemetry.agent_service.agent_service_healthy is 'Whether the agent says that everything of this name is healthy (1) or not (0).';
-- statement
comment on column telemetry.agent_service.agent_service_errors is 'Errors of the service since the process started. Unit: {error}.';
-- statement
comment on column telemetry.agent_service.agent_service_requests is 'Requests that the service handled since the process started. Unit: {request}.';
-- statement
create table telemetry.agent_usage (
  time timestamptz not null,
  server_id text not null,
  agent_id text not null,
  agent_occurrence_id text not null,
  start_time timestamptz,
  agent_llm_requests bigint,
  agent_llm_tokens_input bigint,
  agent_llm_tokens_output bigint,
  agent_llm_cost double precision,
  agent_llm_errors bigint,
  agent_llm_failed_requests bigint,
  agent_messages bigint,
  agent_thoughts bigint,
  agent_cognitive_state_transitions bigint,
  agent_circuit_breakers_open bigint,
  agent_llm_circuit_breaker text,
  agent_queue_size bigint,
  agent_services_online bigint,
  agent_services_offline bigint,
  agent_process_memory bigint,
  agent_process_cpu double precision,
  primary key (server_id, agent_id, agent_occurrence_id, time)
);
-- statement
create index agent_usage_time on telemetry.agent_usage using brin (time);
-- statement
comment on table telemetry.agent_usage is 'What an agent counts and measures itself; the time of a row is when the agent took the figures.';
-- statement
comment on column telemetry.agent_usage.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.agent_usage.server_id is 'The host on which the agent runs.';
-- statement
comment on column telemetry.agent_usage.agent_id is 'The agent, as its manager calls it.';
-- statement
comment on column telemetry.agent_usage.agent_occurrence_id is 'Which of several occurrences of the agent.';
-- statement
comment on column telemetry.agent_usage.start_time is 'When the counters of this row began to count.';
-- statement
comment on column telemetry.agent_usage.agent_llm_requests is 'Requests to language models since the process started. Unit: {request}.';
-- statement
comment on column telemetry.agent_usage.agent_llm_tokens_input is 'Tokens that went to and came from language models since the process started. Unit: {token}.';
-- statement
comment on column telemetry.agent_usage.agent_llm_tokens_output is 'Tokens that went to and came from language models since the process started. Unit: {token}.';
-- statement
comment on column telemetry.agent_usage.agent_llm_cost is 'Cost of language models since the process started. Unit: {USD}.';
-- statement
comment on column telemetry.agent_usage.agent_llm_errors is 'Requests that a language model failed, since the process started. Unit: {error}.';
-- statement
comment on column telemetry.agent_usage.agent_llm_failed_requests is 'Requests for a language model that failed, those that an open circuit breaker refused among them. Unit: {request}.';
-- statement
comment on column telemetry.agent_usage.agent_messages is 'Messages that came in since the process started. Unit: {message}.';
-- statement
comment on column telemetry.agent_usage.agent_thoughts is 'Thoughts processed since the process started. Unit: {thought}.';
-- statement
comment on column telemetry.agent_usage.agent_cognitive_state_transitions is 'Changes of cognitive state since the process started. Unit: {transition}.';
-- statement
comment on column telemetry.agent_usage.agent_circuit_breakers_open is 'Circuit breakers of language models that are open. Unit: {breaker}.';
-- statement
comment on column telemetry.agent_usage.agent_llm_circuit_breaker is 'Circuit breaker of the language model service; absent where it has none. One of: closed, half_open, open, unknown.';
-- statement
comment on column telemetry.agent_usage.agent_queue_size is 'Items that wait for the processor of the agent. Unit: {item}.';
-- statement
comment on column telemetry.agent_usage.agent_services_online is 'Services of the agent that answered it, and that did not. Unit: {service}.';
-- statement
comment on column telemetry.agent_usage.agent_services_offline is 'Services of the agent that answered it, and that did not. Unit: {service}.';
-- statement
comment on column telemetry.agent_usage.agent_process_memory is 'Resident memory of the process, as the agent measures it, in whole MiB. Unit: By.';
-- statement
comment on column telemetry.agent_usage.agent_process_cpu is 'Cores in use by the process during the last second, as the agent measures it. Unit: {cpu}.';
-- statement
create table telemetry.deployment (
  time timestamptz not null,
  deployment_id text not null,
  deployment_image_agent text,
  deployment_image_gui text,
  deployment_image_nginx text,
  deployment_version text,
  deployment_strategy text,
  deployment_risk_level text,
  deployment_notifier text,
  deployment_origin_id text,
  source text,
  status text,
  phase text,
  agents_total bigint,
  agents_assigned bigint,
  agents_updated bigint,
  agents_failed bigint,
  agents_in_progress bigint,
  agents_pending_restart bigint,
  duration double precision,
  staged_at double precision,
  started_at double precision,
  completed_at double precision,
  doubtful bigint,
  refusals bigint,
  update_errors bigint,
  maintenance_skips bigint,
  service_token_uses bigint,
  rollback_proposed bigint,
  primary key (deployment_id, time)
);
-- statement
create index deployment_time on telemetry.deployment using brin (time);
-- statement
comment on table telemetry.deployment is 'A deployment that CIRISManager has staged, runs, or has ended not long ago.';
-- statement
comment on column telemetry.deployment.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.deployment.deployment_id is 'Id of the deployment.';
-- statement
comment on column telemetry.deployment.deployment_image_agent is 'Agent image to deploy.';
-- statement
comment on column telemetry.deployment.deployment_image_gui is 'GUI image to deploy.';
-- statement
comment on column telemetry.deployment.deployment_image_nginx is 'nginx image to deploy.';
-- statement
comment on column telemetry.deployment.deployment_version is 'Version that the notification names.';
-- statement
comment on column telemetry.deployment.deployment_strategy is 'How it is rolled out: canary, immediate, manual or docker.';
-- statement
comment on column telemetry.deployment.deployment_risk_level is 'Risk that the notification names.';
-- statement
comment on column telemetry.deployment.deployment_notifier is 'Who sent the notification, such as github-actions.';
-- statement
comment on column telemetry.deployment.deployment_origin_id is 'Oldest deployment of the same notification; absent where this is no copy.';
-- statement
comment on column telemetry.deployment.source is 'Source that said all this.';
-- statement
comment on column telemetry.deployment.status is 'Status of the deployment; a cancelled or paused one may go on, and one rolled back has changed no agent. One of: pending, in_progress, paused, completed, failed, cancelled, rejected, rolling_back, rolled_back, rollback_proposed, rollback_failed, unknown.';
-- statement
comment on column telemetry.deployment.phase is 'Phase that a deployment in phases has come to; it stays after the end. One of: explorers, early_adopters, general, single, unknown.';
-- statement
comment on column telemetry.deployment.agents_total is 'Agents of the deployment as the manager counts them; they overlap, so do not add them up. updated: given a new container, twice if restarted late; failed: also those skipped for maintenance; total: also those in no canary group, which are never touched; in_progress and pending_restart: until it has ended. Unit: {agent}.';
-- statement
comment on column telemetry.deployment.agents_assigned is 'Agents of the deployment as the manager counts them; they overlap, so do not add them up. updated: given a new container, twice if restarted late; failed: also those skipped for maintenance; total: also those in no canary group, which are never touched; in_progress and pending_restart: until it has ended. Unit: {agent}.';
-- statement
comment on column telemetry.deployment.agents_updated is 'Agents of the deployment as the manager counts them; they overlap, so do not add them up. updated: given a new container, twice if restarted late; failed: also those skipped for maintenance; total: also those in no canary group, which are never touched; in_progress and pending_restart: until it has ended. Unit: {agent}.';
-- statement
comment on column telemetry.deployment.agents_failed is 'Agents of the deployment as the manager counts them; they overlap, so do not add them up. updated: given a new container, twice if restarted late; failed: also those skipped for maintenance; total: also those in no canary group, which are never touched; in_progress and pending_restart: until it has ended. Unit: {agent}.';
-- statement
comment on column telemetry.deployment.agents_in_progress is 'Agents of the deployment as the manager counts them; they overlap, so do not add them up. updated: given a new container, twice if restarted late; failed: also those skipped for maintenance; total: also those in no canary group, which are never touched; in_progress and pending_restart: until it has ended. Unit: {agent}.';
-- statement
comment on column telemetry.deployment.agents_pending_restart is 'Agents of the deployment as the manager counts them; they overlap, so do not add them up. updated: given a new container, twice if restarted late; failed: also those skipped for maintenance; total: also those in no canary group, which are never touched; in_progress and pending_restart: until it has ended. Unit: {agent}.';
-- statement
comment on column telemetry.deployment.duration is 'Time since the start while it runs, else from start to end; absent where no end is noted, after a rollback, which overwrites it, and where it was cancelled, for it goes on. Unit: s.';
-- statement
comment on column telemetry.deployment.staged_at is 'When it was staged, in seconds since the epoch. Unit: s.';
-- statement
comment on column telemetry.deployment.started_at is 'When it was started, in seconds since the epoch. Unit: s.';
-- statement
comment on column telemetry.deployment.completed_at is 'When it ended, well or not, or was cancelled, in seconds since the epoch; absent where no end is noted, and after a rollback, which overwrites it. Unit: s.';
-- statement
comment on column telemetry.deployment.doubtful is 'Whether a deployment marked completed stopped before its last phase, or updated and failed fewer agents than were assigned to phases, or than there were without phases (1), or not (0).';
-- statement
comment on column telemetry.deployment.refusals is 'Times that an agent refused the update, as the audit log notes. Unit: {refusal}.';
-- statement
comment on column telemetry.deployment.update_errors is 'Times that asking an agent to update failed, as the audit log notes. Unit: {error}.';
-- statement
comment on column telemetry.deployment.maintenance_skips is 'Times that an agent in maintenance was passed over, as the audit log notes. Unit: {skip}.';
-- statement
comment on column telemetry.deployment.service_token_uses is 'Times that the manager used the token of an agent, as the audit log notes. Unit: {use}.';
-- statement
comment on column telemetry.deployment.rollback_proposed is 'Whether the audit log notes that a rollback was proposed (1) or not (0); the status hardly ever shows it.';
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
  agent_recognized_by text,
  agent_template text,
  agent_mock_llm text,
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
  created_at double precision,
  started_at double precision,
  finished_at double precision,
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
comment on column telemetry.container.agent_id is 'CIRIS agent that the container runs.';
-- statement
comment on column telemetry.container.agent_occurrence_id is 'Occurrence of that agent.';
-- statement
comment on column telemetry.container.agent_recognized_by is 'What the agent is known by: environment, label or name of the container.';
-- statement
comment on column telemetry.container.agent_template is 'Template that the agent is told to use.';
-- statement
comment on column telemetry.container.agent_mock_llm is 'Whether the agent is told to talk to a mock LLM: true or false; absent where it is told nothing.';
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
comment on column telemetry.container.created_at is 'When the container was created, as seconds since the epoch. Unit: s.';
-- statement
comment on column telemetry.container.started_at is 'When the container last started, as seconds since the epoch; absent where it never did. Unit: s.';
-- statement
comment on column telemetry.container.finished_at is 'When the container last ended, as seconds since the epoch; absent where it never did. Unit: s.';
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
create table telemetry.endpoint (
  time timestamptz not null,
  endpoint_name text not null,
  url_full text,
  error_type text,
  up bigint,
  outcome text,
  status_code bigint,
  duration double precision,
  phase_duration_dns double precision,
  phase_duration_connect double precision,
  phase_duration_tls double precision,
  phase_duration_first_byte double precision,
  phase_duration_body double precision,
  certificate_expires double precision,
  certificate_remaining double precision,
  primary key (endpoint_name, time)
);
-- statement
create index endpoint_time on telemetry.endpoint using brin (time);
-- statement
comment on table telemetry.endpoint is 'A public address, probed as its users would reach it.';
-- statement
comment on column telemetry.endpoint.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.endpoint.endpoint_name is 'Name of the address in the settings.';
-- statement
comment on column telemetry.endpoint.url_full is 'The address, without user, password and query.';
-- statement
comment on column telemetry.endpoint.error_type is 'Code of the error, or the HTTP status that was not expected; absent while all is well. setting_invalid: not probed at all.';
-- statement
comment on column telemetry.endpoint.up is 'Whether the last probe came to its end and brought an expected status (1) or not (0).';
-- statement
comment on column telemetry.endpoint.outcome is 'How the last probe ended: the first thing that went wrong. One of: ok, name_unresolved, name_timeout, connection_refused, connection_timeout, connection_failed, tls_failed, tls_timeout, certificate_expired, certificate_not_yet_valid, certificate_wrong_name, certificate_self_signed, certificate_untrusted, status_unexpected, response_timeout, body_timeout, connection_lost, protocol_violated, unknown.';
-- statement
comment on column telemetry.endpoint.status_code is 'HTTP status that came; that of a redirect where there is one, which is not followed.';
-- statement
comment on column telemetry.endpoint.duration is 'Time from the start of the last probe until it was over, well or not. Unit: s.';
-- statement
comment on column telemetry.endpoint.phase_duration_dns is 'Time that one stage of the last probe took: dns, connect, tls, first_byte or body; absent for one that it did not finish. Unit: s.';
-- statement
comment on column telemetry.endpoint.phase_duration_connect is 'Time that one stage of the last probe took: dns, connect, tls, first_byte or body; absent for one that it did not finish. Unit: s.';
-- statement
comment on column telemetry.endpoint.phase_duration_tls is 'Time that one stage of the last probe took: dns, connect, tls, first_byte or body; absent for one that it did not finish. Unit: s.';
-- statement
comment on column telemetry.endpoint.phase_duration_first_byte is 'Time that one stage of the last probe took: dns, connect, tls, first_byte or body; absent for one that it did not finish. Unit: s.';
-- statement
comment on column telemetry.endpoint.phase_duration_body is 'Time that one stage of the last probe took: dns, connect, tls, first_byte or body; absent for one that it did not finish. Unit: s.';
-- statement
comment on column telemetry.endpoint.certificate_expires is 'When the certificate ceases to be valid, as seconds since the epoch, be it trusted or not. Unit: s.';
-- statement
comment on column telemetry.endpoint.certificate_remaining is 'Time until the certificate ceases to be valid; below zero since it has. Unit: s.';
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
create table telemetry.agent_target (
  time timestamptz not null,
  agent_id text not null,
  agent_occurrence_id text not null,
  server_id text not null,
  target_source text,
  agent_name text,
  agent_template text,
  canary_group text,
  agent_deployment text,
  agent_registered_version text,
  agent_expected bigint,
  agent_token_state text,
  agent_version_transition_noted double precision,
  agent_version_time_to_work_noted double precision,
  agent_work_noted double precision,
  primary key (agent_id, agent_occurrence_id, server_id, time)
);
-- statement
create index agent_target_time on telemetry.agent_target using brin (time);
-- statement
comment on table telemetry.agent_target is 'An agent that should be watched, as the sources of targets know it.';
-- statement
comment on column telemetry.agent_target.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.agent_target.agent_id is 'The agent.';
-- statement
comment on column telemetry.agent_target.agent_occurrence_id is 'Which occurrence of it; default where there is but one.';
-- statement
comment on column telemetry.agent_target.server_id is 'The host it runs on.';
-- statement
comment on column telemetry.agent_target.target_source is 'Which source named it: settings, host or registry.';
-- statement
comment on column telemetry.agent_target.agent_name is 'Name in the registry.';
-- statement
comment on column telemetry.agent_target.agent_template is 'Template that it was made from.';
-- statement
comment on column telemetry.agent_target.canary_group is 'When a rollout reaches it: explorer, early_adopter or general.';
-- statement
comment on column telemetry.agent_target.agent_deployment is 'Name of the deployment it belongs to.';
-- statement
comment on column telemetry.agent_target.agent_registered_version is 'Version that the manager noted when it last asked the agent; no sign of what runs now.';
-- statement
comment on column telemetry.agent_target.agent_expected is 'Whether the agent is meant to run (1) or was stopped on purpose (0).';
-- statement
comment on column telemetry.agent_target.agent_token_state is 'Whether there is a service token for the agent, and whether it can be used. One of: usable, none, undecryptable, unreadable.';
-- statement
comment on column telemetry.agent_target.agent_version_transition_noted is 'When the manager first saw the agent answer with its latest version; the change itself was earlier. Unit: s.';
-- statement
comment on column telemetry.agent_target.agent_version_time_to_work_noted is 'From when the manager first saw the latest version until it saw it at work; as coarse as its looks are rare. Unit: s.';
-- statement
comment on column telemetry.agent_target.agent_work_noted is 'When the manager last saw the agent at work; it looks only when asked to, so this is no heartbeat. Unit: s.';
-- statement
create table telemetry.agent_version (
  time timestamptz not null,
  agent_id text not null,
  agent_occurrence_id text not null,
  server_id text not null,
  version_slot text not null,
  version_image text,
  version_tag text,
  version_digest text,
  version_gui_image text,
  agent_version_deployed_at double precision,
  primary key (agent_id, agent_occurrence_id, server_id, version_slot, time)
);
-- statement
create index agent_version_time on telemetry.agent_version using brin (time);
-- statement
comment on table telemetry.agent_version is 'An image that the manager has noted for an agent: what it ordered, which need not be what runs.';
-- statement
comment on column telemetry.agent_version.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.agent_version.agent_id is 'The agent.';
-- statement
comment on column telemetry.agent_version.agent_occurrence_id is 'Which occurrence of it; default where there is but one.';
-- statement
comment on column telemetry.agent_version.server_id is 'The host it runs on.';
-- statement
comment on column telemetry.agent_version.version_slot is 'Current, previous or fallback.';
-- statement
comment on column telemetry.agent_version.version_image is 'Image as it was ordered: tag or digest form.';
-- statement
comment on column telemetry.agent_version.version_tag is 'Tag of the image.';
-- statement
comment on column telemetry.agent_version.version_digest is 'Digest of the image.';
-- statement
comment on column telemetry.agent_version.version_gui_image is 'Image of the user interface beside it.';
-- statement
comment on column telemetry.agent_version.agent_version_deployed_at is 'When the manager noted that it had ordered this image; absent where it did not. Unit: s.';
-- statement
create table telemetry.component_version (
  time timestamptz not null,
  component text not null,
  version_slot text not null,
  version_image text,
  version_tag text,
  version_digest text,
  version_source text,
  deployment_id text,
  component_deployed_at double precision,
  primary key (component, version_slot, time)
);
-- statement
create index component_version_time on telemetry.component_version using brin (time);
-- statement
comment on table telemetry.component_version is 'The version of a component of CIRIS in one slot.';
-- statement
comment on column telemetry.component_version.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.component_version.component is 'Which component: agent, gui, nginx or manager.';
-- statement
comment on column telemetry.component_version.version_slot is 'Which place: current, previous, fallback (before the previous) or staged (ordered, not in use yet).';
-- statement
comment on column telemetry.component_version.version_image is 'Image as it was asked for.';
-- statement
comment on column telemetry.component_version.version_tag is 'Tag of the image; where none is known, the version that the agents on it give.';
-- statement
comment on column telemetry.component_version.version_digest is 'Digest of the image in its registry.';
-- statement
comment on column telemetry.component_version.version_source is 'What decided it: container, agent, registry (ordered, not seen running), deployment or host.';
-- statement
comment on column telemetry.component_version.deployment_id is 'Deployment that ordered it.';
-- statement
comment on column telemetry.component_version.component_deployed_at is 'When the deployment that ordered it was completed, or else when the registry noted it, as seconds since the epoch. Unit: s.';
-- statement
create table telemetry.version_adoption (
  time timestamptz not null,
  canary_group text not null,
  version_agents_latest bigint,
  version_agents_previous bigint,
  version_agents_older bigint,
  version_agents_newer bigint,
  version_agents_unknown bigint,
  primary key (canary_group, time)
);
-- statement
create index version_adoption_time on telemetry.version_adoption using brin (time);
-- statement
comment on table telemetry.version_adoption is 'How far the agents of one canary group have come with the latest version.';
-- statement
comment on column telemetry.version_adoption.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.version_adoption.canary_group is 'Which group: explorer, early_adopter, general, or unassigned for agents in none of them.';
-- statement
comment on column telemetry.version_adoption.version_agents_latest is 'Agents by what was seen of them, without those that were stopped on purpose: on the latest version, the previous one, an older one, one that is newer than the last completed rollout, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.version_adoption.version_agents_previous is 'Agents by what was seen of them, without those that were stopped on purpose: on the latest version, the previous one, an older one, one that is newer than the last completed rollout, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.version_adoption.version_agents_older is 'Agents by what was seen of them, without those that were stopped on purpose: on the latest version, the previous one, an older one, one that is newer than the last completed rollout, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.version_adoption.version_agents_newer is 'Agents by what was seen of them, without those that were stopped on purpose: on the latest version, the previous one, an older one, one that is newer than the last completed rollout, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.version_adoption.version_agents_unknown is 'Agents by what was seen of them, without those that were stopped on purpose: on the latest version, the previous one, an older one, one that is newer than the last completed rollout, or one that cannot be told. Unit: {agent}.';
-- statement
create table telemetry.agent_presence (
  time timestamptz not null,
  agent_id text not null,
  agent_occurrence_id text not null,
  server_id text not null,
  agent_observed bigint,
  primary key (agent_id, agent_occurrence_id, server_id, time)
);
-- statement
create index agent_presence_time on telemetry.agent_presence using brin (time);
-- statement
comment on table telemetry.agent_presence is 'What the engine of a server says of an agent there; absent while the engine cannot be read.';
-- statement
comment on column telemetry.agent_presence.time is 'Time of the snapshot.';
-- statement
comment on column telemetry.agent_presence.agent_id is 'The agent.';
-- statement
comment on column telemetry.agent_presence.agent_occurrence_id is 'Which occurrence of it; default where there is but one.';
-- statement
comment on column telemetry.agent_presence.server_id is 'The host that it runs on, or should.';
-- statement
comment on column telemetry.agent_presence.agent_observed is 'Whether a running container of the agent was seen on the host (1) or not (0).';
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
  agents_expected bigint,
  agents_observed bigint,
  agents_answering bigint,
  agents_missing bigint,
  agents_healthy bigint,
  agents_degraded bigint,
  agents_critical bigint,
  agents_initializing bigint,
  agents_down bigint,
  agents_unknown bigint,
  agents_cognitive_state_wakeup bigint,
  agents_cognitive_state_work bigint,
  agents_cognitive_state_play bigint,
  agents_cognitive_state_solitude bigint,
  agents_cognitive_state_dream bigint,
  agents_cognitive_state_shutdown bigint,
  agents_cognitive_state_setup bigint,
  agents_cognitive_state_wakeup_error bigint,
  agents_cognitive_state_unknown bigint,
  agents_version_latest bigint,
  agents_version_previous bigint,
  agents_version_older bigint,
  agents_version_newer bigint,
  agents_version_unknown bigint,
  cpu_usage_agent double precision,
  cpu_usage_other double precision,
  memory_working_set_agent bigint,
  memory_working_set_other bigint,
  llm_requests_since_start bigint,
  llm_tokens_since_start_input bigint,
  llm_tokens_since_start_output bigint,
  llm_cost_since_start double precision,
  llm_errors_since_start bigint,
  messages_since_start bigint,
  reported_cost_24h double precision,
  reported_carbon_24h double precision,
  reported_energy_24h double precision,
  deployments_active bigint,
  deployments_staged bigint,
  endpoints_up bigint,
  endpoints_down bigint,
  certificate_remaining double precision,
  sources_cognitive_state_included bigint,
  sources_cognitive_state_missing bigint,
  sources_cpu_agent_included bigint,
  sources_cpu_agent_missing bigint,
  sources_cpu_other_included bigint,
  sources_cpu_other_missing bigint,
  sources_memory_agent_included bigint,
  sources_memory_agent_missing bigint,
  sources_memory_other_included bigint,
  sources_memory_other_missing bigint,
  sources_llm_requests_included bigint,
  sources_llm_requests_missing bigint,
  sources_llm_tokens_input_included bigint,
  sources_llm_tokens_input_missing bigint,
  sources_llm_tokens_output_included bigint,
  sources_llm_tokens_output_missing bigint,
  sources_llm_cost_included bigint,
  sources_llm_cost_missing bigint,
  sources_llm_errors_included bigint,
  sources_llm_errors_missing bigint,
  sources_messages_included bigint,
  sources_messages_missing bigint,
  sources_reported_cost_included bigint,
  sources_reported_cost_missing bigint,
  sources_reported_carbon_included bigint,
  sources_reported_carbon_missing bigint,
  sources_reported_energy_included bigint,
  sources_reported_energy_missing bigint,
  sources_certificate_remaining_included bigint,
  sources_certificate_remaining_missing bigint,
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
comment on column telemetry.fleet.agents_expected is 'Agents that are meant to run, as the sources of targets say. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_observed is 'Agents of which a running container was seen on a host that answered. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_answering is 'Agents that answer. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_missing is 'Agents that are meant to run and do not answer, or of which no container runs. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_healthy is 'Agents that are expected, observed or answering, by what their health says; down are those that do not answer, unknown those that nobody could ask or that gave no known word. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_degraded is 'Agents that are expected, observed or answering, by what their health says; down are those that do not answer, unknown those that nobody could ask or that gave no known word. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_critical is 'Agents that are expected, observed or answering, by what their health says; down are those that do not answer, unknown those that nobody could ask or that gave no known word. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_initializing is 'Agents that are expected, observed or answering, by what their health says; down are those that do not answer, unknown those that nobody could ask or that gave no known word. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_down is 'Agents that are expected, observed or answering, by what their health says; down are those that do not answer, unknown those that nobody could ask or that gave no known word. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_unknown is 'Agents that are expected, observed or answering, by what their health says; down are those that do not answer, unknown those that nobody could ask or that gave no known word. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_wakeup is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_work is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_play is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_solitude is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_dream is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_shutdown is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_setup is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_wakeup_error is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_cognitive_state_unknown is 'Agents that told their cognitive state, by that state. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_version_latest is 'Agents on the latest version, the one before, an older one, a newer one than the last completed rollout brought, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_version_previous is 'Agents on the latest version, the one before, an older one, a newer one than the last completed rollout brought, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_version_older is 'Agents on the latest version, the one before, an older one, a newer one than the last completed rollout brought, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_version_newer is 'Agents on the latest version, the one before, an older one, a newer one than the last completed rollout brought, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.agents_version_unknown is 'Agents on the latest version, the one before, an older one, a newer one than the last completed rollout brought, or one that cannot be told. Unit: {agent}.';
-- statement
comment on column telemetry.fleet.cpu_usage_agent is 'Cores in use by containers of agents and by all others, on hosts that answered. Unit: {cpu}.';
-- statement
comment on column telemetry.fleet.cpu_usage_other is 'Cores in use by containers of agents and by all others, on hosts that answered. Unit: {cpu}.';
-- statement
comment on column telemetry.fleet.memory_working_set_agent is 'Memory in use by containers of agents and by all others, less the page cache that the kernel can drop at once, on hosts that answered. Unit: By.';
-- statement
comment on column telemetry.fleet.memory_working_set_other is 'Memory in use by containers of agents and by all others, less the page cache that the kernel can drop at once, on hosts that answered. Unit: By.';
-- statement
comment on column telemetry.fleet.llm_requests_since_start is 'Requests to language models, added up over the processes of all agents, each since its start; it falls when one ends, so take rates of the counters of the agents. Unit: {request}.';
-- statement
comment on column telemetry.fleet.llm_tokens_since_start_input is 'Tokens to and from language models, added up over the processes of all agents, each since its start; it falls when one ends, so take rates of the counters of the agents. Unit: {token}.';
-- statement
comment on column telemetry.fleet.llm_tokens_since_start_output is 'Tokens to and from language models, added up over the processes of all agents, each since its start; it falls when one ends, so take rates of the counters of the agents. Unit: {token}.';
-- statement
comment on column telemetry.fleet.llm_cost_since_start is 'Cost of language models, added up over the processes of all agents, each since its start; it falls when one ends, so take rates of the counters of the agents. Unit: {USD}.';
-- statement
comment on column telemetry.fleet.llm_errors_since_start is 'Requests that language models failed, added up over the processes of all agents, each since its start; it falls when one ends, so take rates of the counters of the agents. Unit: {error}.';
-- statement
comment on column telemetry.fleet.messages_since_start is 'Messages that came in, added up over the processes of all agents, each since its start; it falls when one ends, so take rates of the counters of the agents. Unit: {message}.';
-- statement
comment on column telemetry.fleet.reported_cost_24h is 'Cost of language models of the last 24 hours as the agents report it, which is too low for a busy agent; of occurrences of one agent, which share what they store, the greatest report counts alone. Unit: {USD}.';
-- statement
comment on column telemetry.fleet.reported_carbon_24h is 'Carbon dioxide of the last 24 hours as the agents report it, which is too low for a busy agent; of occurrences of one agent, which share what they store, the greatest report counts alone. Unit: g.';
-- statement
comment on column telemetry.fleet.reported_energy_24h is 'Energy of the last 24 hours as the agents report it, which is too low for a busy agent; of occurrences of one agent, which share what they store, the greatest report counts alone. Unit: J.';
-- statement
comment on column telemetry.fleet.deployments_active is 'Deployments that are under way (active) or wait to be started (staged). Unit: {deployment}.';
-- statement
comment on column telemetry.fleet.deployments_staged is 'Deployments that are under way (active) or wait to be started (staged). Unit: {deployment}.';
-- statement
comment on column telemetry.fleet.endpoints_up is 'Public addresses that answered as they should (up) or did not (down). Unit: {endpoint}.';
-- statement
comment on column telemetry.fleet.endpoints_down is 'Public addresses that answered as they should (up) or did not (down). Unit: {endpoint}.';
-- statement
comment on column telemetry.fleet.certificate_remaining is 'Time until the first of the certificates of all endpoints ceases to be valid; below zero since it has. Unit: s.';
-- statement
comment on column telemetry.fleet.sources_cognitive_state_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_cognitive_state_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_cpu_agent_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_cpu_agent_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_cpu_other_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_cpu_other_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_memory_agent_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_memory_agent_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_memory_other_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_memory_other_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_requests_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_requests_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_tokens_input_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_tokens_input_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_tokens_output_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_tokens_output_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_cost_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_cost_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_errors_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_llm_errors_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_messages_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_messages_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_reported_cost_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_reported_cost_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_reported_carbon_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_reported_carbon_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_reported_energy_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_reported_energy_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_certificate_remaining_included is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
-- statement
comment on column telemetry.fleet.sources_certificate_remaining_missing is 'What a figure of the fleet rests on: sources that told it (included) and sources that should have and did not (missing); the figure is whole where none is missing. Unit: {source}.';
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
