import { type Command, Option } from 'commander';
import { defaultOf, flagName, type Setting, type Settings } from '../config/setting.ts';

/** Gives a command one flag per setting, each with its environment variables and default in the help text. */
export function addFlags(command: Command, settings: Settings): Command {
  for (const [key, setting] of Object.entries(settings)) {
    if (setting.onlyInFile === true) continue;
    command.addOption(new Option(`--${flagName(key)} <value>`, describe(setting)));
  }
  return command;
}

function describe(setting: Setting<unknown>): string {
  const fallback = defaultOf(setting);
  const notes = [...setting.env, ...(fallback === undefined ? [] : [`default: ${fallback.text}`])];
  return notes.length === 0 ? setting.brief : `${setting.brief} [${notes.join('; ')}]`;
}
