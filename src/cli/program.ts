import { Command } from 'commander';
import type { Settings } from '../config/setting.ts';
import { collectSettings, serveSettings, sharedSettings, writerSettings } from '../config/settings.ts';
import { packageVersion } from '../runtime/package-version.ts';
import { wrongUse } from './complaint.ts';
import { addFlags } from './flags.ts';
import type { LogOptions } from './log.ts';
import type { Flags } from './settings-of.ts';

const about = [
  'Telemetry for fleets of CIRIS agents: watches agents, their containers, rollouts, versions and public addresses, shows them to Prometheus at /metrics, pushes them by OTLP, and keeps their history in PostgreSQL.',
  'Every setting can be given as a flag, as an environment variable (in brackets), or in a YAML file (--config FILE) as the name of its flag with underscores, such as state_dir: those of the writer alone under "writer:". A flag wins over the environment, and that over the file.',
].join('\n\n');

const exits = `
Exit codes: 0 done; 1 it could not be done, and a line says why; 2 a flag or setting is not accepted; 3, of "policies plan" alone,
there is something to apply.`;

/**
 * The command line; every error is thrown, none ends the process. Wrong arguments are told in the format of the log.
 * A command's own modules are loaded when it runs: the writer has no use for a Docker client, and --help for neither.
 */
export function createProgram(logFormat: LogOptions['logFormat']): Command {
  const program = new Command('ciris-telemetry')
    .configureOutput({ outputError: (text, write) => write(wrongUse(text, logFormat)) })
    .description(about)
    .version(packageVersion())
    .addHelpText('after', exits)
    .exitOverride();
  add(program, 'serve', serveSettings)
    .description(
      'Take snapshots on the clock, serve /metrics and the API, push by OTLP or store in the database.',
    )
    .addHelpText(
      'after',
      example('serve', ['', '--interval 10 --port 9500', '--otlp-endpoint http://127.0.0.1:4318']),
    )
    .action(async (flags: Flags) => (await import('./serve.ts')).serve(flags, process.env));
  add(program, 'writer', { ...writerSettings, ...sharedSettings })
    .description('Receive OTLP metrics over HTTP (protobuf or JSON) and store them as rows in PostgreSQL.')
    .addHelpText(
      'after',
      example('writer', ['', '--database-url postgres://writer@db/telemetry --port 4320']),
    )
    .action(async (flags: Flags) => (await import('./writer.ts')).writer(flags, process.env));
  add(program, 'migrate', sharedSettings)
    .description('Bring the database to the schema that this version needs.')
    .option(
      '--print-roles',
      'print the SQL that makes the roles of the database, for an administrator to run, and do nothing else',
    )
    .addHelpText('after', example('migrate', ['--database-url postgres://owner@db/telemetry']))
    .action(async ({ printRoles, ...flags }: Flags & { readonly printRoles?: boolean }) => {
      const { migrate, printRolesScript } = await import('./migrate.ts');
      await (printRoles === true ? printRolesScript() : migrate(flags, process.env));
    });
  addPolicies(program);
  add(program, 'collect', collectSettings)
    .description('Take one snapshot and print it: a table for people, or --json for programs.')
    .option('--json', 'print the snapshot as JSON')
    .addHelpText('after', example('collect', ['', '--json --docker-host unix:///run/podman/podman.sock']))
    .action(async ({ json, ...flags }: Flags & { readonly json?: boolean }) => {
      const { collect } = await import('./collect.ts');
      process.exitCode = await collect(flags, process.env, { json: json === true });
    });
  return program;
}

function addPolicies(program: Command): void {
  const policies = program
    .command('policies')
    .exitOverride()
    .description(
      'For how long rows and rollups are kept: what the setting "retention" says, and what is in force.',
    );
  add(policies, 'plan', sharedSettings)
    .description(
      'Print what "apply" would change; exits with 3 when that is something, with 0 when it is nothing.',
    )
    .addHelpText('after', example('policies plan', ['--config telemetry.yaml']))
    .action(async (flags: Flags) => {
      process.exitCode = await (await import('./policies.ts')).planPolicies(flags, process.env);
    });
  add(policies, 'apply', sharedSettings)
    .description('Put the settings in force, all or none; refuses those that would lose data.')
    .addHelpText('after', example('policies apply', ['--config telemetry.yaml']))
    .action(async (flags: Flags) => (await import('./policies.ts')).applyPolicies(flags, process.env));
  add(policies, 'show', sharedSettings)
    .description('Print what is in force for each table, its size and its oldest row.')
    .option('--json', 'print it as JSON: durations and times in milliseconds')
    .addHelpText('after', example('policies show', ['', '--json']))
    .action(async ({ json, ...flags }: Flags & { readonly json?: boolean }) => {
      await (await import('./policies.ts')).showPolicies(flags, process.env, { json: json === true });
    });
}

function add(program: Command, name: string, settings: Settings): Command {
  const command = program.command(name).exitOverride();
  command.option('--config <file>', 'YAML file with settings. [TELEMETRY_CONFIG]');
  return addFlags(command, settings);
}

function example(command: string, calls: readonly string[]): string {
  const lines = calls.map((call) => `  ciris-telemetry ${command} ${call}`.trimEnd());
  return `\nFor example:\n${lines.join('\n')}\n`;
}
