import type { Home } from '../home/home.ts';
import { endLeftoverPostgres } from '../postgres/postgres.ts';
import { endProcesses } from './process-table.ts';

const ENDING = [
  ['SIGTERM', 5_000],
  ['SIGKILL', 2_000],
] as const;

/**
 * The last word of the command line of each process of a home: by it a process is known, whatever its number.
 */
export function homeMark(home: Home): string {
  return `--home=${home.directory}`;
}

/**
 * Ends what an earlier run left behind. Only the holder of the home's lock may call it: then whatever bears
 * the mark of this home has no supervisor any more. Returns how many there were.
 */
export async function endLeftovers(home: Home): Promise<number> {
  const seen = new Set<number>();
  const mark = homeMark(home);
  const left = await endProcesses(({ pid, args }) => {
    const ours = args.endsWith(mark);
    if (ours) seen.add(pid);
    return ours;
  }, ENDING);
  if (left.length > 0) {
    const pids = left.map(({ pid }) => pid).join(', ');
    throw new Error(`processes of an earlier run do not end (pid ${pids}); end them and start again`);
  }
  await endLeftoverPostgres(home.postgres);
  return seen.size;
}
