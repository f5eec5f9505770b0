import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { oneOf } from '../../argument.ts';
import { asksControl } from '../options.ts';

function graceHours(text: string): number {
  const hours = Number(text);
  if (text !== '' && hours >= 0 && hours <= 720) return hours;
  throw new InvalidArgumentError('It must be a number of hours from 0 to 720.');
}

const words = (text: string) => text.split(',').map((word) => word.trim());

/** Merchants of one's own, and who may ask in their names. */
export function addMerchantCommands(program: Command): void {
  const number = () => new Argument('<number>', 'its pay bill, or its till, or the store of its till');
  const products = () =>
    new Option('--products <names>', 'what it may do: of stk,c2b,b2c,b2b (all)').argParser(words);
  const merchant = program.command('merchant').description('who is paid: pay bills, tills and their apps');
  asksControl(merchant.command('list'))
    .description('every pay bill and till')
    .action(async (options) => (await import('./merchant.ts')).listMerchants(options));
  asksControl(merchant.command('show'))
    .description('one: products, accounts with their balances, initiators with their roles, apps')
    .addArgument(number())
    .action(async (which, options) => (await import('./merchant.ts')).showMerchant(which, options));
  asksControl(merchant.command('create'))
    .description('a merchant with an app of its own; prints its credentials once')
    .argument('<name>', 'what customers read when they pay')
    .option('--paybill <number>', 'its pay bill; one is made up when no number is given')
    .option('--till <number>', 'its till, instead of a pay bill')
    .option('--store <number>', "the till's store number, which is its BusinessShortCode")
    .addOption(products())
    .option('--opening <shillings>', 'it begins with so much in Working and in Utility each (0)')
    .option('--from <account>', 'whose money that is: float, a subscriber, or NUMBER/KIND (float)')
    .action(async (name, options) => (await import('./merchant.ts')).createMerchant(name, options));
  asksControl(merchant.command('edit'))
    .description('change it; what would have no effect is refused (exit status 3)')
    .addArgument(number())
    .option('--name <text>', 'what customers read when they pay')
    .addOption(products())
    .addOption(
      new Option('--validation <state>', 'ask its ValidationURL before a payment of C2B is taken')
        .choices(['on', 'off'])
        .argParser(oneOf(['on', 'off'] as const)),
    )
    .option('--nominated-number <msisdn>', 'of a till: the phone that B2B Express asks; with --operator')
    .option('--operator <id>', 'of a till: what its operator types on that phone')
    .option('--account-names <url>', 'ask there whose an account is, before a customer pays (C2B Hakikisha)')
    .option('--account-names-key <key>', 'with which a token is asked for')
    .option('--account-names-secret-file <file>', 'its secret is in it (-: stdin)')
    .option('--no-account-names', 'do not ask any more')
    .action(async (which, options) => (await import('./merchant.ts')).editMerchant(which, options));
  asksControl(merchant.command('open'))
    .description(
      'move what it was made to begin with, if that was not done yet (exit status 3: it cannot be)',
    )
    .addArgument(number())
    .action(async (which, options) => (await import('./merchant.ts')).openMerchant(which, options));
  asksControl(merchant.command('fund'))
    .description('bring it money from an account that is named (exit status 3: there is too little)')
    .addArgument(number())
    .argument('<shillings>', 'how much')
    .option('--to <kind>', 'into this account of it: utility, working, merchant, …', 'utility')
    .option('--from <account>', 'whose money that is: float, a subscriber, or NUMBER/KIND', 'float')
    .action(async (which, amount, options) =>
      (await import('./merchant.ts')).fundMerchant(which, amount, options),
    );
  asksControl(merchant.command('app'))
    .description('one more app of it; prints key and secret once')
    .addArgument(number())
    .argument('<name>', 'what the app is called')
    .action(async (which, name, options) => (await import('./merchant.ts')).addApp(which, name, options));
  asksControl(merchant.command('passkey').description('what it signs its pushes with').command('rotate'))
    .description('another passkey, printed this once; the one before it is taken for a while more')
    .addArgument(number())
    .addOption(
      new Option('--grace <hours>', 'how long the one before it is taken; 0: no longer')
        .default(24)
        .argParser(graceHours),
    )
    .action(async (which, options) => (await import('./merchant.ts')).rotatePasskey(which, options));
  asksControl(merchant.command('certificate'))
    .description('the certificate with which a SecurityCredential is encrypted, as PEM')
    .action(async (options) => (await import('./merchant.ts')).showCertificate(options));
  addInitiatorCommands(program, number);
}

function addInitiatorCommands(program: Command, number: () => Argument): void {
  const initiator = program
    .command('initiator')
    .description("who may ask in a merchant's name: its API users");
  const name = () => new Argument('<name>', 'of the initiator');
  const password = () =>
    new Option('--password-file <file>', 'the password is in it (-: stdin); one is made up without');
  const roles =
    'b2c, pay-bill, buy-goods, status, balance, reversal, tax, bulk; with commas between them; none: no role';
  const named = (command: Command, description: string) =>
    asksControl(command).description(description).addArgument(number()).addArgument(name());
  named(initiator.command('add'), 'add one; its password is printed this once')
    .addOption(new Option('--roles <names>', roles).argParser(words).makeOptionMandatory())
    .addOption(password())
    .action(async (of, who, options) => (await import('./initiator.ts')).addInitiator(of, who, options));
  named(initiator.command('roles'), 'what it may do from now on (exit status 3: it may already)')
    .addArgument(new Argument('<roles>', roles).argParser(words))
    .action(async (of, who, chosen, options) =>
      (await import('./initiator.ts')).setRoles(of, who, chosen, options),
    );
  named(initiator.command('rotate'), 'give it another password, printed this once; a lock ends too')
    .addOption(password())
    .action(async (of, who, options) => (await import('./initiator.ts')).rotateInitiator(of, who, options));
  for (const [verb, what] of [
    ['unlock', 'end a lock (result 8006) before its five minutes are over'],
    ['disable', 'answer it as one that is not there (result 2001)'],
    ['enable', 'let it ask again'],
  ] as const) {
    named(initiator.command(verb), `${what} (exit status 3: there is nothing to do)`).action(
      async (of, who, options) => (await import('./initiator.ts')).changeInitiator(verb, of, who, options),
    );
  }
  asksControl(initiator.command('credential'))
    .description('a SecurityCredential: the password encrypted with the certificate of this installation')
    .addOption(password().makeOptionMandatory())
    .action(async (options) => (await import('./initiator.ts')).makeCredential(options));
}
