import { Argument, type Command, Option } from 'commander';
import { msisdn, positive } from '../argument.ts';

/** Payments on one machine. */
export function addLocalCommands(program: Command): void {
  program
    .command('pay')
    .description('make a payment through the API, and show what happens')
    .addOption(new Option('--api <url>', 'base URL of the API').env('IMARA_API'))
    .addOption(new Option('--json', 'JSON on stdout, and an error as JSON on stderr'))
    .addOption(new Option('--timeout <seconds>', 'give up after').argParser(positive).default(90))
    .addArgument(new Argument('<msisdn>', 'who pays: 12 digits, such as 254700000005').argParser(msisdn))
    .addArgument(new Argument('<shillings>', 'how much').argParser(positive))
    .option('--reference <text>', 'AccountReference', 'INV-7')
    .option('--till', 'to the till of the local profile (CustomerBuyGoodsOnline) instead of the pay bill')
    .option('--pin <pin>', 'answer the prompt with this PIN, as `phone answer` does')
    .option('--curl', 'show the requests as curl commands')
    .option('--show-secrets', 'with --curl: with the secrets, to be copied')
    .action(async (who, shillings, options) => (await import('./pay.ts')).pay(who, shillings, options));
}
