import { Argument, type Command, Option } from 'commander';
import { callbackStates } from '../../delivery/browse.ts';
import { msisdn, oneOf, positive } from '../argument.ts';

/** Payments, merchants and callbacks on one machine. */
export function addLocalCommands(program: Command): void {
  const common = (command: Command, seconds: number) =>
    command
      .addOption(new Option('--api <url>', 'base URL of the API').env('IMARA_API'))
      .addOption(new Option('--json', 'JSON on stdout, and an error as JSON on stderr'))
      .addOption(new Option('--timeout <seconds>', 'give up after').argParser(positive).default(seconds));

  common(program.command('pay').description('make a payment through the API, and show what happens'), 90)
    .addArgument(new Argument('<msisdn>', 'who pays: 12 digits, such as 254700000005').argParser(msisdn))
    .addArgument(new Argument('<shillings>', 'how much').argParser(positive))
    .option('--reference <text>', 'AccountReference', 'INV-7')
    .option('--till', 'to the till of the local profile (CustomerBuyGoodsOnline) instead of the pay bill')
    .option('--pin <pin>', 'answer the prompt with this PIN, as `phone answer` does')
    .option('--curl', 'show the requests as curl commands')
    .option('--show-secrets', 'with --curl: with the secrets, to be copied')
    .action(async (who, shillings, options) => (await import('./pay.ts')).pay(who, shillings, options));

  const merchant = program.command('merchant').description('who is paid: pay bills, tills and their apps');
  common(merchant.command('list').description('every pay bill and till'), 5).action(async (options) =>
    (await import('./merchant.ts')).listMerchants(options),
  );
  common(
    merchant.command('create').description('a merchant with an app of its own; prints its credentials once'),
    5,
  )
    .argument('<name>', 'what customers read when they pay')
    .option('--paybill <number>', 'its pay bill; one is made up when no number is given')
    .option('--till <number>', 'its till, instead of a pay bill')
    .option('--store <number>', "the till's store number, which is its BusinessShortCode")
    .action(async (name, options) => (await import('./merchant.ts')).createMerchant(name, options));

  const callbacks = program.command('callbacks').description('what merchants were told, and how that ended');
  common(callbacks.command('list').description('the newest first'), 5)
    .addOption(
      new Option('--state <state>', 'only those').choices(callbackStates).argParser(oneOf(callbackStates)),
    )
    .option('--payment <id>', 'of this payment: its CheckoutRequestID or receipt')
    .option('--host <name>', 'to this receiver')
    .option('--synthetic', "also those of Imara's own payments")
    .addOption(new Option('-n, --limit <count>', 'how many').argParser(positive).default(50))
    .action(async (options) => (await import('./callbacks.ts')).listCallbacks(options));
  const which = () => new Argument('<id>', 'its id, or the CheckoutRequestID or receipt of its payment');
  common(callbacks.command('show').description('one with every attempt'), 5)
    .addArgument(which())
    .action(async (id, options) => (await import('./callbacks.ts')).showCallback(id, options));
  common(callbacks.command('resend').description('send one that failed again'), 5)
    .addArgument(which())
    .action(async (id, options) => (await import('./callbacks.ts')).resendCallback(id, options));
}
