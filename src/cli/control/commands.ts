import { type Command, Option } from 'commander';
import { asksControl, reason } from './options.ts';

const PRODUCT_SECONDS = 120;

/** The commands of people who run an installation day by day, all of them through control. */
export function addOperatorCommands(program: Command): void {
  const environment = () => new Option('--environment <name>', 'where').default('production');
  const product = program.command('product').description("the products' switches");
  asksControl(product.command('list'))
    .description('which are on')
    .addOption(environment())
    .action(async (options) => (await import('./product.ts')).listProducts(options));
  asksControl(product.command('disable <name>'), PRODUCT_SECONDS)
    .description('switch it off within seconds, whatever else waits (exit status 3: it was taken back)')
    .addOption(reason().makeOptionMandatory())
    .addOption(environment())
    .action(async (name, options) => (await import('./product.ts')).disableProduct(name, options));
  asksControl(product.command('enable <name>'), 3_600)
    .description('switch it on, as any change (exit status 3: refused or rolled back)')
    .addOption(reason().makeOptionMandatory())
    .addOption(environment())
    .action(async (name, options) => (await import('./product.ts')).enableProduct(name, options));
}
