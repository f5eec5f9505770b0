import { type Command, Option } from 'commander';
import { positive } from '../argument.ts';

/** Of one service's configuration. */
export function asksOfService(command: Command, seconds?: number): Command {
  return asksControl(command, seconds).option('--service <name>', 'whose configuration');
}

/** What every command that asks control takes. */
export function asksControl(command: Command, seconds = 10): Command {
  return command
    .addOption(new Option('--control <url>', 'base URL of control').env('IMARA_CONTROL_URL'))
    .option('--token-file <file>', 'the operator token to show; else IMARA_OPERATOR_TOKEN, else of this home')
    .option('--json', 'JSON on stdout, and an error as JSON on stderr')
    .addOption(count('--timeout <seconds>', 'give up after').default(seconds));
}

export const reason = () => new Option('--reason <text>', 'why, for the journal');
export const replace = () => new Option('--replace', 'the file is the whole document, not a change of it');
export const lines = () => count('-n, --lines <count>', 'how many').default(20);
export const count = (flags: string, description: string) =>
  new Option(flags, description).argParser(positive);
