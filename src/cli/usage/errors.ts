import type { Command, CommanderError } from 'commander';
import { exitCodes, Failure } from '../failure.ts';
import { forPrograms } from '../terminal/terminal.ts';
import { everyCommand, pathOf } from './tree.ts';

/**
 * What commander found wrong with the command line, and of which command: that one's help is the help to
 * read.
 */
let found: { command: Command; text: string } | undefined;

/**
 * Each command keeps what is wrong for `usageFailure`, so that all errors are printed in one place and one
 * form.
 */
export function keepUsageErrors(root: Command): void {
  for (const command of everyCommand(root)) {
    command.showHelpAfterError(false).configureOutput({
      outputError: (text) => {
        found = { command, text: plain(text) };
      },
      writeErr: (text) => {
        if (!forPrograms()) process.stderr.write(text);
      },
    });
  }
}

/**
 * `undefined`: help or version was asked for, or the help of a group was printed because it was called alone.
 */
export function usageFailure({ exitCode, message }: CommanderError): Failure | undefined {
  if (exitCode === 0 || (found === undefined && !forPrograms())) return undefined;
  const [what = message, ...why] = (found?.text ?? 'No command is named.').split('\n');
  return new Failure({
    what,
    ...(why.length > 0 && { why: why.join('\n') }),
    fix: `See \`npx ${found === undefined ? 'imara' : pathOf(found.command)} --help\`.`,
    exitCode: exitCodes.usage,
  });
}

/** Commander's sentence without its own names of things. */
function plain(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/^command-argument value ('.*') is invalid for argument '(.*?)'\. /, '$1 is no $2. ');
}
