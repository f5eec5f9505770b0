import { type Command, Option } from 'commander';
import { positive } from '../argument.ts';

/** The watch, through its own API: it answers when nothing else does. */
export function addWatchCommands(program: Command): void {
  const watch = program.command('watch').description('the watch: what it sees, and its alarms');
  const asks = (name: string, description: string, group = watch) =>
    group
      .command(name)
      .description(description)
      .addOption(new Option('--url <url>', 'base URL of the watch; the one of this home if absent'))
      .option('--token-file <file>', 'its token; that of this home if absent')
      .option('--json', 'JSON on stdout, and an error as JSON on stderr')
      .addOption(new Option('--timeout <seconds>', 'give up after').argParser(positive).default(5));

  asks('status', 'how it is, and what is wrong (exit status 6: an alarm is open)').action(async (options) =>
    (await import('./watch.ts')).watchStatus(options),
  );
  asks('alarms', 'the alarms that are open').action(async (options) =>
    (await import('./watch.ts')).listAlarms(options),
  );
  asks('ack <alarm>', 'say that you are at it: it is sent to nobody else').action(async (alarm, options) =>
    (await import('./watch.ts')).order(alarm, 'acknowledge', options),
  );
  asks('snooze <alarm>', 'put it off; it is raised again when its symptom is still there')
    .addOption(new Option('--minutes <count>', 'for how long').argParser(positive).default(30))
    .action(async (alarm, options) => (await import('./watch.ts')).order(alarm, 'snooze', options));
  asks('resolve <alarm>', 'say that it is over; a symptom that is still there is a new alarm').action(
    async (alarm, options) => (await import('./watch.ts')).order(alarm, 'resolve', options),
  );
  const journal = watch.command('journal').description('its own journal');
  asks('verify', 'prove that it is as it was written (exit status 1: a row is not)', journal).action(
    async (options) => (await import('./watch.ts')).verifyJournal(options),
  );
  watch
    .command('run')
    .description('run a watch here, alone, until Ctrl-C')
    .requiredOption(
      '--settings <file...>',
      'its settings (docs/reference/watch.md); a later file adds to an earlier one',
    )
    .option('--json', 'an error as JSON on stderr; what it writes is JSON')
    .action(async (options) => (await import('./run.ts')).runWatch(options));
}
