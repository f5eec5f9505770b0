import { Argument, type Command, Option } from 'commander';
import { oneOf, positive, timeToCome } from '../argument.ts';

/** Those that the status page knows; `auto` ends a person's word. */
const STATES = [
  'operational',
  'under_maintenance',
  'degraded_performance',
  'partial_outage',
  'major_outage',
  'auto',
];

function asks(group: Command, name: string, description: string): Command {
  return group
    .command(name)
    .description(description)
    .addOption(new Option('--url <url>', 'base URL of the watch; the one of this home if absent'))
    .option('--token-file <file>', 'its token; that of this home if absent')
    .option('--json', 'JSON on stdout, and an error as JSON on stderr')
    .addOption(new Option('--timeout <seconds>', 'give up after').argParser(positive).default(5));
}

/** The watch, through its own API: it answers when nothing else does. */
export function addWatchCommands(program: Command): void {
  const watch = program.command('watch').description('the watch: what it sees, and its alarms');
  asks(watch, 'status', 'how it is, and what is wrong (exit status 6: an alarm is open)').action(
    async (options) => (await import('./watch.ts')).watchStatus(options),
  );
  asks(watch, 'alarms', 'the alarms that are open').action(async (options) =>
    (await import('./watch.ts')).listAlarms(options),
  );
  asks(watch, 'ack <alarm>', 'say that you are at it: it is sent to nobody else').action(
    async (alarm, options) => (await import('./watch.ts')).order(alarm, 'acknowledge', options),
  );
  asks(watch, 'snooze <alarm>', 'put it off; it is raised again when its symptom is still there')
    .addOption(new Option('--minutes <count>', 'for how long').argParser(positive).default(30))
    .action(async (alarm, options) => (await import('./watch.ts')).order(alarm, 'snooze', options));
  asks(watch, 'resolve <alarm>', 'say that it is over; a symptom that is still there is a new alarm').action(
    async (alarm, options) => (await import('./watch.ts')).order(alarm, 'resolve', options),
  );
  addWords(watch);
  const journal = watch.command('journal').description('its own journal');
  asks(journal, 'verify', 'prove that it is as it was written (exit status 1: a row is not)').action(
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

/** What people say on the status page. */
function addWords(watch: Command): void {
  asks(watch, 'components', 'what the status page shows of each').action(async (options) =>
    (await import('./words.ts')).listComponents(options),
  );
  asks(watch, 'override', 'say on the status page how a component is, for a while')
    .argument('<component>', 'as `imara watch components` names it')
    .addArgument(new Argument('<state>', `${STATES.join(', ')}: as it is measured`).argParser(oneOf(STATES)))
    .option('--reason <text>', 'why; it is public')
    .addOption(new Option('--for <minutes>', 'for how long, at most a day').argParser(positive).default(30))
    .action(async (component, state, options) =>
      (await import('./words.ts')).override(component, state, options),
    );
  asks(watch, 'plan <title>', 'put planned work on the status page')
    .option('--component <name...>', 'what is worked on; all if absent')
    .option('--text <text>', 'what those who use it should know')
    .addOption(
      new Option('--from <time>', 'in 90m, 2h, 3d, or at 2030-01-06T08:00:00+03:00; now if absent').argParser(
        (text) => timeToCome(text),
      ),
    )
    .addOption(new Option('--for <minutes>', 'how long it takes').argParser(positive).default(60))
    .action(async (title, options) => (await import('./words.ts')).plan(title, options));
  asks(watch, 'planned', 'the planned work').action(async (options) =>
    (await import('./words.ts')).listPlanned(options),
  );
  asks(watch, 'unplan <work>', 'take planned work back').action(async (id, options) =>
    (await import('./words.ts')).unplan(id, options),
  );
}

/** What a fault was, from its first alarm to its report. */
export function addIncidentCommands(program: Command): void {
  const incident = program.command('incident').description('incidents, and the report of each');
  asks(incident, 'list', 'all of them, the newest first').action(async (options) =>
    (await import('./incident.ts')).listIncidents(options),
  );
  asks(incident, 'report <incident>', 'its report, as it can be drafted now, as Markdown')
    .option('--html', 'as a page')
    .action(async (id, options) => (await import('./incident.ts')).report(id, options));
  asks(incident, 'ack <incident>', 'take it over: the machine reminds, and does not end it any more').action(
    async (id, options) => (await import('./incident.ts')).sayOf(id, 'take', undefined, options),
  );
  asks(incident, 'note <incident> <text>', 'write something into its timeline').action(
    async (id, text, options) => (await import('./incident.ts')).sayOf(id, 'note', text, options),
  );
  asks(
    incident,
    'resolve <incident> <text>',
    'say that it is over; the text is its last public update',
  ).action(async (id, text, options) => (await import('./incident.ts')).sayOf(id, 'resolve', text, options));
  asks(
    incident,
    'verify <incident> <file>',
    'whether the times of an edited report are true (exit status 1: not)',
  ).action(async (id, file, options) => (await import('./incident.ts')).verifyReport(id, file, options));
}
