import type { Command } from 'commander';
import { instanceName } from '../argument.ts';
import { addOperatorCommands } from './commands.ts';
import { asksControl, asksOfService, count, lines, reason, replace } from './options.ts';

/** The commands that talk to control. */
export function addControlCommands(program: Command): void {
  const config = program.command('config').description('the configuration and its releases');
  asksOfService(config.command('show'))
    .description('the release in force, secrets masked')
    .option('--environment <name>', 'as the instances of this environment see it')
    .addOption(count('--release <number>', 'this one instead'))
    .action(async (options) => (await import('../releases/config.ts')).showConfig(options));
  asksOfService(config.command('diff <file>'))
    .description('what a change (YAML or JSON; - is stdin) would change')
    .addOption(replace())
    .action(async (file, options) => (await import('../releases/config.ts')).diffConfig(file, options));
  asksOfService(config.command('validate <file>'))
    .description('whether it may be pushed, and the harm if it were bad (exit status 3: it may not)')
    .addOption(replace())
    .action(async (file, options) => (await import('../releases/config.ts')).validateConfig(file, options));
  asksOfService(config.command('push <file>'), 3_600)
    .description('make it a release, and begin its rollout (exit status 3: refused or rolled back)')
    .addOption(reason().makeOptionMandatory())
    .addOption(replace())
    .option('--wait', 'show how it goes, and return when it is over')
    .action(async (file, options) => (await import('../releases/config.ts')).pushConfig(file, options));
  asksOfService(config.command('history'))
    .description('the releases, and what became of them')
    .addOption(lines())
    .action(async (options) => (await import('../releases/config.ts')).configHistory(options));

  const fleet = program.commands.find((command) => command.name() === 'fleet');
  if (fleet !== undefined)
    asksOfService(fleet.command('converge'))
      .description(
        'who serves with something else than what is in force; offer it again now (exit status 6: somebody differs)',
      )
      .action(async (options) => (await import('./converge.ts')).converge(options));

  const rollout = program.command('rollout').description('how releases travel');
  asksOfService(rollout.command('list'))
    .description('the rollouts, newest first')
    .addOption(lines())
    .action(async (options) => (await import('../releases/rollout.ts')).listRollouts(options));
  asksOfService(rollout.command('status [id]'))
    .description('one of them, the newest when none is named (exit status 3: it was taken back)')
    .action(async (id, options) => (await import('../releases/rollout.ts')).rolloutStatus(id, options));
  asksOfService(rollout.command('watch [id]'), 3_600)
    .description('the same as it goes, until it is over (exit status 0: proved, 3: taken back)')
    .action(async (id, options) => (await import('../releases/rollout.ts')).watchRollout(id, options));
  asksControl(rollout.command('approve <id>'))
    .description('let it go on to production, as one of those it takes')
    .option(
      '--break-glass',
      'in an emergency: no freeze holds it, but one instance first, on a shorter lease',
    )
    .action(async (id, options) => (await import('../releases/rollout.ts')).approveRollout(id, options));
  asksControl(rollout.command('promote <id>'))
    .description('open the wave that waits for a person')
    .action(async (id, options) => (await import('../releases/rollout.ts')).promoteRollout(id, options));
  asksControl(rollout.command('reject <id>'))
    .description('end one that waits for approval; testing goes back')
    .addOption(reason().makeOptionMandatory())
    .action(async (id, options) => (await import('../releases/rollout.ts')).rejectRollout(id, options));
  asksControl(rollout.command('abort <id>'))
    .description('take back what is on its way')
    .addOption(reason().makeOptionMandatory())
    .action(async (id, options) => (await import('../releases/rollout.ts')).abortRollout(id, options));

  asksOfService(program.command('undo'), 60)
    .description('take back one release: through control, else at the instances here')
    .option('--from <release>', 'the one to leave: number, hash or rollout; what was changed last if absent')
    .option('--to <release>', 'a release that was proved, its number or hash; the one before if absent')
    .option('--yes', 'ask nothing, though it takes more than one release, or a further one')
    .addOption(reason().default('undone by hand'))
    .action(async (options) => (await import('../undo/undo.ts')).undo(options));
  asksOfService(program.command('redo'), 3_600)
    .description('offer again what was undone, through testing, approvals and waves')
    .argument('[release]', 'number, hash or rollout; the one that was undone last if absent')
    .addOption(reason().default('offered again'))
    .option('--wait', 'show how it goes, and return when it is over (exit status 3: rolled back)')
    .action(async (release, options) => (await import('../undo/redo.ts')).redo(release, options));

  const freeze = asksControl(program.command('freeze'))
    .description('open no wave for a while; undo is never frozen')
    .addOption(reason())
    .option('--until <time>', 'for 90m, 2h, 3d, or until 2030-01-06T08:00:00+03:00', '1d')
    .action(async (options) => (await import('./freeze.ts')).freeze(options));
  asksControl(freeze.command('list'))
    .description('the freezes that hold now or later')
    .action(async (_, command) => (await import('./freeze.ts')).listFreezes(command.optsWithGlobals()));
  asksControl(program.command('unfreeze'))
    .description('end a freeze, or all')
    .argument('[id]', 'of the freeze; all when absent')
    .action(async (id, options) => (await import('./freeze.ts')).unfreeze(id, options));

  addOperatorCommands(program);

  const service = program.command('service').description('the services whose configuration control delivers');
  asksControl(service.command('list'))
    .description('all of them')
    .action(async (options) => (await import('./resources/service.ts')).listServices(options));
  asksControl(service.command('add <file>'))
    .description('register a service of your own (JSON or YAML; - is stdin), or change it')
    .action(async (file, options) => (await import('./resources/service.ts')).addService(file, options));
  asksControl(service.command('show <name>'))
    .description('what was added, as JSON')
    .action(async (name, options) => (await import('./resources/service.ts')).showService(name, options));
  asksControl(service.command('token <name>'))
    .description('make a token for its agents, and print it')
    .option('--only', 'the tokens before are taken no longer')
    .action(async (name, options) => (await import('./resources/service.ts')).makeToken(name, options));
  asksControl(service.command('key <name>'))
    .description('make a key that an instance signs its receipts with, and print it')
    .requiredOption('--instance <name>', 'which', instanceName)
    .option('--environment <name>', 'where it is', 'testing')
    .action(async (name, options) => (await import('./resources/service.ts')).makeKey(name, options));
  asksControl(service.command('trust <name>'))
    .description('the keys that its agents believe, as JSON')
    .action(async (name, options) =>
      (await import('./resources/service.ts')).trustedByService(name, options),
    );

  const journal = asksControl(program.command('journal'))
    .description('everything that was done and decided, in one order')
    .addOption(lines())
    .option('--subject <id>', 'only of one rollout, instance or freeze')
    .action(async (options) => (await import('./journal.ts')).showJournal(options));
  asksControl(journal.command('verify'))
    .description('prove that no row was changed or cut out (exit status 1: one was)')
    .action(async (_, command) => (await import('./journal.ts')).checkJournal(command.optsWithGlobals()));
}
