import type { Command } from 'commander';
import { commandNamed, everyCommand } from './tree.ts';

/**
 * `imara help config push`, `imara config help push`: as `--help` there. Commander's own says nothing of a
 * name that is none.
 */
export function addHelpCommands(root: Command): void {
  for (const group of everyCommand(root).filter(({ commands }) => commands.length > 0)) {
    group.helpCommand(false);
    group
      .command('help [command...]', { hidden: group !== root })
      .description('what a command does, and its options')
      .action((words: string[]) => commandNamed(group, words).help());
  }
}
