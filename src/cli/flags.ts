import { type Command, Option } from 'commander';
import { flagName, type Setting, type Settings } from '../config/setting.ts';

/** Gives a command one flag per setting, each with its environment variables and default in the help text. */
export function addFlags(command: Command, settings: Settings): Command {
  for (const [key, setting] of Object.entries(settings)) {
    command.addOption(new Option(`--${flagName(key)} <value>`, describe(setting)));
  }
  return command;
}

function describe(setting: Setting<unknown>): string {
  const fallback = setting.schema.safeParse(undefined).data;
  const shown = fallback === undefined ? setting.otherwise : showDefault(fallback);
  const notes = [...setting.env, ...(shown === undefined ? [] : [`default: ${shown}`])];
  return `${setting.brief} [${notes.join('; ')}]`;
}

function showDefault(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
