import { Argument, Command, Option } from 'commander';
import { behaviours } from '../handset/behaviour-names.ts';
import { inherited } from '../platform/environment/read.ts';
import { services } from '../supervisor/plan.ts';
import { atMost, msisdn, oneOf, positive } from './argument.ts';
import { addControlCommands } from './control/control-commands.ts';
import { addLocalCommands } from './local/commands.ts';
import { levels } from './logs/record.ts';
import { since } from './logs/since.ts';
import { keepUsageErrors } from './usage/errors.ts';
import { addHelpCommands } from './usage/help.ts';
import { shells } from './usage/shells.ts';
import { addIncidentCommands, addWatchCommands } from './watch/commands.ts';

/** Every command. Each loads what it needs when it runs, so that help answers at once. */
export const program = new Command('imara')
  .description('A payments API platform whose configuration cannot take it down.')
  .version('0.1.0')
  .option('--no-color', 'plain text (as NO_COLOR=1)')
  .option('--wide', 'tables as wide as what is in them')
  .helpCommand(false)
  .exitOverride()
  .hook('preAction', (_program, command) => {
    if (command.optsWithGlobals().color === false) inherited().NO_COLOR = '1';
  })
  .addHelpText(
    'before',
    `Examples:
  npx imara up                                       start everything, Ctrl-C stops it
  npx imara pay 254700000005 100                     ask for a payment, and see what happens
  npx imara phone answer 254700000005 --pin 1234     pay what the phone is asked for
  npx imara status --json                            what runs where, for programs
`,
  );

const restartable = services.map(({ service }) => service);
const json = () => new Option('--json', 'JSON on stdout, and an error as JSON on stderr');
const timeout = (seconds: number) =>
  new Option('--timeout <seconds>', 'give up after').argParser(positive).default(seconds);

program
  .command('up')
  .description('start everything, or show where it is')
  .option('-d, --detach', 'return when it is up, and let it run in the background')
  .option('--show-secrets', 'print the credentials as they are, not masked')
  .addOption(json())
  .addOption(timeout(120))
  .action(async (options) => (await import('./commands/up.ts')).up(options));

program
  .command('down')
  .description('stop everything, in order')
  .option('--force', 'also where it was started from another folder')
  .addOption(json())
  .addOption(timeout(60))
  .action(async (options) => (await import('./commands/down.ts')).down(options));

program
  .command('status')
  .description(
    'what runs, where, and what is wrong with it (exit status 0: nothing, 1: it is down, 6: it needs somebody)',
  )
  .addOption(json())
  .addOption(timeout(5))
  .action(async (options) => (await import('./commands/status.ts')).status(options));

program
  .command('logs')
  .description('what the processes have written, merged by time')
  .argument('[process...]', 'of these (api-1, postgres; api: every api-1, api-2 …); all of them when absent')
  .option('-f, --follow', 'go on with what they write')
  .addOption(
    new Option(
      '-n, --tail <count>',
      'how many of the last lines: 20, or all with --since or --payment',
    ).argParser(atMost(10_000)),
  )
  .addOption(new Option('--level <level>', 'this and above').choices(levels).argParser(oneOf(levels)))
  .addOption(
    new Option('--since <time>', '10m, 2h, 1d, today, 14:30, 2026-11-30 or 2026-11-30T14:30').argParser(
      (text) => since(text),
    ),
  )
  .option('--payment <id>', 'of this payment: its CheckoutRequestID, MerchantRequestID or receipt')
  .option('--synthetic', "also of Imara's own payments")
  .addOption(new Option('--json', 'an object a line on stdout, and an error as JSON on stderr'))
  .action(async (names, options) => (await import('./logs/logs.ts')).logs(names, options));

program
  .command('doctor')
  .description('look for what usually goes wrong, and say how to mend it')
  .addOption(json())
  .action(async (options) => (await import('./commands/doctor.ts')).doctor(options));

program
  .command('restart')
  .description('restart the processes, few at a time, so that no request is lost')
  .addArgument(
    new Argument('[service]', 'all of them, one after the other, when absent')
      .choices(restartable)
      .argParser(oneOf(restartable)),
  )
  .option('--reason <text>', 'what it is for: kept in the journal, and shown by `fleet list`')
  .option('--environment <name>', 'whose processes', 'production')
  .option('--wait', 'show how it goes, and return when it is over (exit status 3: it gave up)')
  .option('--cancel', 'let the restart that is going on take no more processes')
  .addOption(json())
  .addOption(timeout(1_800))
  .action(async (service, options) => (await import('./commands/restart.ts')).restart(service, options));

const fleet = program.command('fleet').description('the processes, one by one');
fleet
  .command('list')
  .description('what each process is, does, and why it was restarted')
  .addOption(json())
  .addOption(timeout(5))
  .action(async (options) => (await import('./commands/fleet.ts')).listFleet(options));
fleet
  .command('watch')
  .description('the same, as it changes, until Ctrl-C')
  .addOption(json())
  .addOption(timeout(5))
  .action(async (options) => (await import('./commands/fleet.ts')).watchFleet(options));

program
  .command('certs')
  .description('what a client with a built-in host needs to be led here')
  .addOption(json())
  .addOption(timeout(5))
  .action(async (options) => (await import('./commands/certs.ts')).certs(options));

addControlCommands(program);

const phone = program.command('phone').description("the subscribers' simulated phones");
const phoneCommand = (name: string, description: string, seconds = 5) =>
  phone
    .command(name)
    .description(description)
    .addOption(new Option('--api <url>', 'base URL of the API').env('IMARA_API'))
    .addOption(json())
    .addOption(timeout(seconds));

const whose = () => new Argument('<msisdn>', 'the number: 12 digits, such as 254700000005').argParser(msisdn);

phoneCommand('list', 'the seeded phones, and those that were set').action(async (options) =>
  (await import('./commands/phone.ts')).listPhones(options),
);
phoneCommand('show', 'balance, screen and inbox of a phone')
  .addArgument(whose())
  .action(async (msisdn, options) => (await import('./commands/phone.ts')).showPhone(msisdn, options));
phoneCommand('answer', 'do what the subscriber does with the prompt on the screen')
  .addArgument(whose())
  .option('--pin <pin>', 'enter this PIN (every phone starts with 1234)')
  .option('--operator <id>', "the operator's id, typed before the PIN where the prompt asks for it")
  .option('--cancel', 'cancel it')
  .option('--ignore', 'put the phone away')
  .action(async (msisdn, options) => (await import('./commands/phone.ts')).answerPhone(msisdn, options));
phoneCommand('set', 'change what a phone is like')
  .addArgument(whose())
  .option('--name <name>', 'of the subscriber')
  .addOption(
    new Option('--behaviour <behaviour>', 'what it does when it is asked (docs/reference/phones.md)')
      .choices(behaviours)
      .argParser(oneOf(behaviours)),
  )
  .option('--pin <pin>', 'four digits')
  .option(
    '--balance <shillings>',
    'what it can spend, at most what an account may hold; stays so until the next day',
  )
  .option('--unlock', 'forget wrong PINs')
  .action(async (msisdn, options) => (await import('./commands/phone.ts')).setPhone(msisdn, options));

/** What a subscriber chooses in the menu of the phone. A merchant may take 8 s to validate. */
const menuCommand = (name: string, description: string, to: string) =>
  phoneCommand(name, description, 15)
    .addArgument(whose())
    .argument('<to>', to)
    .option('--pin <pin>', 'enter this PIN', '1234');
const shillings = () => new Argument('<amount>', 'whole shillings').argParser(atMost(999_999_999));

menuCommand('pay-bill', 'Lipa na M-Pesa: pay a bill from the phone', 'the pay bill')
  .argument('<account>', 'the account at the pay bill')
  .addArgument(shillings())
  .option('--anyway', 'pay although the merchant says that there is no such account')
  .action(async (msisdn, to, account, amount, options) =>
    (await import('./commands/phone.ts')).payBillOnPhone(msisdn, { to, account, amount }, options),
  );
for (const [name, item, description, payee] of [
  ['buy-goods', 'buy_goods', 'Lipa na M-Pesa: pay at a till', 'the till'],
  ['send-money', 'send_money', 'send money to another subscriber', 'their number'],
  ['pochi', 'pochi', 'Pochi la Biashara: pay into a business wallet', "the owner's number"],
  ['withdraw', 'withdraw', 'take cash out at an agent', "the agent's number"],
] as const)
  menuCommand(name, description, payee)
    .addArgument(shillings())
    .action(async (msisdn, to, amount, options) =>
      (await import('./commands/phone.ts')).orderOnPhone(msisdn, { item, to, amount }, options),
    );

addLocalCommands(program);
addWatchCommands(program);
addIncidentCommands(program);

const ledger = program.command('ledger').description('the books');
ledger
  .command('check')
  .description('prove every invariant of the books (exit status 1: one is broken)')
  .addOption(json())
  .addOption(timeout(300))
  .action(async (options) => (await import('./commands/ledger.ts')).checkLedger(options));

program
  .command('completion')
  .description('print what makes a shell complete what you type')
  .addArgument(new Argument('<shell>', 'which').choices(shells).argParser(oneOf(shells)))
  .action(async (shell) => (await import('./usage/completion.ts')).printCompletion(shell));
program
  .command('complete', { hidden: true })
  .argument('[words...]', 'what is typed so far, the last word as far as it goes')
  .action(async (words) => (await import('./usage/completion.ts')).complete(program, words));

addHelpCommands(program);
keepUsageErrors(program);
