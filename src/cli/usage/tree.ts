import type { Command } from 'commander';
import { nearest } from '../../config/check/nearest.ts';

/** `imara config push`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

export function everyCommand(root: Command): Command[] {
  return [root, ...root.commands.flatMap(everyCommand)];
}

/** The command that these words name; an error of usage where one names none. */
export function commandNamed(root: Command, words: readonly string[]): Command {
  let command = root;
  for (const word of words) {
    const found = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (found === undefined) {
      const names = command.commands.map((one) => one.name());
      const near = nearest(word, names);
      const hint =
        near === undefined
          ? names.length === 0
            ? `${pathOf(command)} has no commands of its own.`
            : `There are: ${names.join(', ')}.`
          : `(Did you mean ${near}?)`;
      return command.error(`error: unknown command '${word}'\n${hint}`);
    }
    command = found;
  }
  return command;
}
