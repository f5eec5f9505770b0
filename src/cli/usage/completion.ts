import type { Command, Option } from 'commander';
import { print } from '../terminal/terminal.ts';
import { completionScript, type Shell } from './shells.ts';

/** For the shell of who runs this very program, wherever it is installed. */
export function printCompletion(shell: Shell): void {
  const [node = 'node', main = ''] = process.argv;
  print(completionScript(shell, `${quoted(node)} ${quoted(main)}`));
}

/** The candidates for the last word. */
export function complete(root: Command, words: readonly string[]): void {
  const lines = candidates(root, words).map(({ word, what }) => `${word}\t${what}`);
  if (lines.length > 0) print(lines.join('\n'));
}

export interface Candidate {
  word: string;
  what: string;
}

/** Commands, options, and the values of those that list theirs; none where something else is to be typed. */
export function candidates(root: Command, words: readonly string[]): Candidate[] {
  const begun = words.at(-1) ?? '';
  let command = root;
  let awaited: Option | undefined;
  let argument = 0;
  for (const word of words.slice(0, -1)) {
    if (awaited !== undefined) awaited = undefined;
    else if (word.startsWith('-')) awaited = awaitsValue(optionNamed(command, word));
    else {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) argument += 1;
      else [command, argument] = [next, 0];
    }
  }
  return listed(command, { begun, awaited, argument }).filter(({ word }) => word.startsWith(begun));
}

function listed(
  command: Command,
  { begun, awaited, argument }: { begun: string; awaited: Option | undefined; argument: number },
): Candidate[] {
  if (awaited !== undefined) {
    return (awaited.argChoices ?? []).map((word) => ({ word, what: awaited.description }));
  }
  if (begun.startsWith('-')) {
    return optionsOf(command).flatMap(({ long, hidden, description }) =>
      typeof long !== 'string' || hidden ? [] : { word: long, what: description },
    );
  }
  const visible = command.createHelp().visibleCommands(command);
  const commands = visible.map((one) => ({ word: one.name(), what: one.description() }));
  const { argChoices = [], description = '' } = command.registeredArguments[argument] ?? {};
  return [...commands, ...argChoices.map((word) => ({ word, what: description }))];
}

function optionNamed(command: Command, word: string): Option | undefined {
  // `--name=value` awaits nothing more.
  return optionsOf(command).find(({ long, short }) => word === long || word === short);
}

function awaitsValue(option: Option | undefined): Option | undefined {
  return option !== undefined && (option.required || option.optional) ? option : undefined;
}

function optionsOf(command: Command): Option[] {
  return command.parent === null ? [...command.options] : [...command.options, ...optionsOf(command.parent)];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
