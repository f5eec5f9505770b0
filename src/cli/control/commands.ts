import { Argument, type Command, Option } from 'commander';
import { callbackStates } from '../../delivery/outbox/browse.ts';
import { answers, callbackFaults } from '../../mpesa/faults/names.ts';
import { atMost, msisdn, oneOf, positive } from '../argument.ts';
import { since } from '../logs/since.ts';
import { asksControl, reason } from './options.ts';
import { paymentStates } from './payment-states.ts';
import { addMerchantCommands } from './resources/merchant-commands.ts';

const PRODUCT_SECONDS = 120;

/** The commands of people who run an installation day by day, all of them through control. */
export function addOperatorCommands(program: Command): void {
  const environment = () => new Option('--environment <name>', 'where').default('production');
  const product = program.command('product').description("the products' switches");
  asksControl(product.command('list'))
    .description('which are on')
    .addOption(environment())
    .action(async (options) => (await import('./resources/product.ts')).listProducts(options));
  asksControl(product.command('disable <name>'), PRODUCT_SECONDS)
    .description('switch it off within seconds, whatever else waits (exit status 3: it was taken back)')
    .addOption(reason().makeOptionMandatory())
    .addOption(environment())
    .action(async (name, options) => (await import('./resources/product.ts')).disableProduct(name, options));
  asksControl(product.command('enable <name>'), 3_600)
    .description('switch it on, as any change (exit status 3: refused or rolled back)')
    .addOption(reason().makeOptionMandatory())
    .addOption(environment())
    .action(async (name, options) => (await import('./resources/product.ts')).enableProduct(name, options));

  const operator = program.command('operator').description('who may ask control, and as what');
  asksControl(operator.command('list'))
    .description('all of them')
    .action(async (options) => (await import('./resources/operators.ts')).listOperators(options));
  asksControl(operator.command('add <name>'))
    .description('add one; their token is printed this once')
    .addOption(
      new Option('--role <role>', 'what they may do')
        .choices(['viewer', 'editor', 'approver'])
        .makeOptionMandatory(),
    )
    .action(async (name, options) => (await import('./resources/operators.ts')).addOperator(name, options));
  asksControl(operator.command('rotate <name>'))
    .description('give them another token, printed this once; the old one ends')
    .action(async (name, options) =>
      (await import('./resources/operators.ts')).rotateOperator(name, options),
    );
  asksControl(operator.command('remove <name>'))
    .description('let them do nothing any more')
    .action(async (name, options) =>
      (await import('./resources/operators.ts')).removeOperator(name, options),
    );

  const app = program.command('app').description('the clients of the API');
  asksControl(app.command('list'))
    .description('all of them')
    .action(async (options) => (await import('./resources/apps.ts')).listApps(options));
  for (const [verb, what] of [
    ['disable', 'give it no token any more, and end those it has'],
    ['enable', 'let it fetch tokens again'],
  ] as const) {
    asksControl(app.command(`${verb} <app>`))
      .description(`${what} (an id, a consumer key or a name)`)
      .addOption(reason().makeOptionMandatory())
      .action(async (id, options) => (await import('./resources/apps.ts')).setApp(verb, id, options));
  }

  asksControl(app.command('products <app> <names>'))
    .description('what it may ask for: all, or names with commas between them')
    .addOption(reason().makeOptionMandatory())
    .action(async (id, names, options) =>
      (await import('./resources/apps.ts')).setAppProducts(id, names, options),
    );

  asksControl(app.command('rotate <app>'))
    .description('give it another secret, printed this once; the old one ends within ten seconds')
    .addOption(reason().makeOptionMandatory())
    .action(async (id, options) => (await import('./resources/apps.ts')).rotateApp(id, options));

  const token = program.command('token').description("clients' access tokens");
  asksControl(token.command('revoke <token>'))
    .description('end one (@FILE: from a file; -: from stdin)')
    .addOption(reason().makeOptionMandatory())
    .action(async (text, options) => (await import('./resources/apps.ts')).revokeToken(text, options));

  addMerchantCommands(program);

  const callbacks = program.command('callbacks').description('what merchants were told, and how that ended');
  asksControl(callbacks.command('list'))
    .description('the newest first')
    .addOption(
      new Option('--state <state>', 'only those').choices(callbackStates).argParser(oneOf(callbackStates)),
    )
    .option('--payment <id>', 'of this payment: its CheckoutRequestID, ConversationID or receipt')
    .option('--host <name>', 'to this receiver')
    .addOption(
      new Option('--since <time>', 'written since: 10m, 2h, today, 14:30').argParser((text) => since(text)),
    )
    .option('--synthetic', "also those of Imara's own payments")
    .addOption(new Option('-n, --limit <count>', 'how many').argParser(positive).default(50))
    .action(async (options) => (await import('./resources/callbacks.ts')).listCallbacks(options));
  const which = () =>
    new Argument('<id>', 'its id, or the CheckoutRequestID, ConversationID or receipt of its payment');
  asksControl(callbacks.command('show'))
    .description('one with every attempt')
    .addArgument(which())
    .action(async (id, options) => (await import('./resources/callbacks.ts')).showCallback(id, options));
  asksControl(callbacks.command('resend'))
    .description('send one that failed again')
    .addArgument(which())
    .action(async (id, options) => (await import('./resources/callbacks.ts')).resendCallback(id, options));

  addPaymentCommands(program);
  addAccountCommands(program);
  addFaultCommands(program);
}

function addPaymentCommands(program: Command): void {
  const filtered = (command: Command) =>
    asksControl(command)
      .addOption(
        new Option('--state <state>', 'only those').choices(paymentStates).argParser(oneOf(paymentStates)),
      )
      .addOption(new Option('--phone <msisdn>', 'of this subscriber').argParser(msisdn))
      .option('--short-code <number>', 'of this short code')
      .option('--product <name>', 'of this product')
      .addOption(
        new Option('--since <time>', 'taken since: 10m, 2h, today, 14:30').argParser((text) => since(text)),
      )
      .option('--amount <shillings>', 'of this amount, or from-to')
      .option('--synthetic', "also Imara's own payments");
  const payments = program.command('payments').description('what was asked for and taken');
  filtered(payments.command('list'))
    .description('the newest first')
    .addOption(new Option('-n, --limit <count>', 'how many').argParser(atMost(1_000)).default(50))
    .action(async (options) => (await import('./payments.ts')).listPayments(options));
  filtered(payments.command('tail'))
    .description('as they are taken and end, until Ctrl-C')
    .action(async (options) => (await import('./payments.ts')).tailPayments(options));
  asksControl(program.command('payment').description('one payment').command('show'))
    .description('everything about it, in the order of time')
    .argument(
      '<id>',
      'CheckoutRequestID, receipt, ConversationID, OriginatorConversationID, or a phone: its newest',
    )
    .action(async (id, options) => (await import('./payments.ts')).showPayment(id, options));
}

function addAccountCommands(program: Command): void {
  const time = (flags: string, description: string) =>
    new Option(flags, description).argParser((text) => since(text));
  const whose = "a subscriber's number, SHORTCODE/KIND (174379/utility), float or fees";
  asksControl(program.command('statement'), 60)
    .description('the movements of an account, with the running balance')
    .argument('<account>', whose)
    .addOption(time('--from <time>', 'from this time on: 2h, today, 2026-11-30'))
    .addOption(time('--to <time>', 'before this time'))
    .option('--csv', 'as CSV')
    .action(async (account, options) => (await import('./accounts.ts')).showStatement(account, options));
  asksControl(program.command('balance'))
    .description('what is available in an account')
    .argument('<account>', whose)
    .addOption(time('--at <time>', 'at this time'))
    .action(async (account, options) => (await import('./accounts.ts')).showBalance(account, options));
  asksControl(program.command('reconcile'), 60)
    .description("hold a merchant's receipts against the books (exit status 1: they differ)")
    .argument('<file>', 'CSV with a head: receipt,amount')
    .addOption(new Option('--short-code <number>', 'whose receipts they are').makeOptionMandatory())
    .addOption(time('--from <time>', 'receipts of the books from this time on must be in it: its first'))
    .addOption(time('--to <time>', 'and up to this time: its last'))
    .action(async (file, options) => (await import('./accounts.ts')).reconcile(file, options));
}

function addFaultCommands(program: Command): void {
  const faults = program.command('faults').description('failures on demand (docs/how-to/make-it-fail.md)');
  asksControl(faults.command('list'))
    .description('those that are set, and how often each has hit')
    .action(async (options) => (await import('./faults.ts')).listFaults(options));
  const several = (value: string, before: readonly string[] = []) => [...before, value];
  asksControl(faults.command('set'))
    .description('set those of a scenario file, or one (exit status 3: something is wrong with it)')
    .argument('[file]', 'a scenario, YAML or JSON (-: from stdin)')
    .option('--check', 'only say what is wrong with it')
    .option('--replace', 'clear those that are set first')
    .addOption(new Option('--seed <number>', 'what chance is drawn from').argParser(Number))
    .option('--name <name>', 'of the one fault; one of that name is replaced (cli)')
    .option('--product <name>', 'it meets requests of this product; may be given again', several)
    .option('--msisdn <number>', 'of this subscriber (2547000* : of those that begin so)')
    .option('--short-code <number>', 'that name this short code or till')
    .option('--reference <text>', 'with this reference or id')
    .option('--amount <shillings>', 'of this amount, or from-to')
    .option('--header <name: value>', 'with this header; may be given again', several)
    .addOption(new Option('--chance <share>', 'hits this share of them').argParser(Number))
    .addOption(new Option('--by <what>', 'what chance goes by').choices(['turn', 'payment']))
    .addOption(new Option('--times <count>', 'ends after so many').argParser(atMost(1_000_000)))
    .option('--for <duration>', 'ends after this time: 30s, 10m')
    .addOption(new Option('--answer <what>', 'answer this').choices(answers).argParser(oneOf(answers)))
    .option('--answer-after <duration>', 'hold the answer so long')
    .option('--result <code>', 'end in this result')
    .option('--result-after <duration>', 'do nothing about it for so long')
    .option('--queue-timeout', 'tell QueueTimeOutURL, and do nothing')
    .option('--processing <duration>', 'a query says 4999 for so long')
    .addOption(
      new Option('--callback <what>', 'what becomes of its callback')
        .choices(callbackFaults)
        .argParser(oneOf(callbackFaults)),
    )
    .option('--callback-after <duration>', 'its callback leaves so much later')
    .action(async (file, options) => (await import('./faults.ts')).setFaults(file, options));
  asksControl(faults.command('clear'))
    .description('end one, or all of them')
    .argument('[name]', 'which')
    .action(async (name, options) => (await import('./faults.ts')).clearFaults(name, options));
}
