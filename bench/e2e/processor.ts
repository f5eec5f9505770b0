import { processIds, readOfProcess } from '../../src/platform/proc.ts';
import type { Status } from '../../test/stack/stack.ts';

/** Of `/proc/PID/stat`, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Milliseconds of processor that each kind of process has taken so far. */
export type Spent = ReadonlyMap<string, number>;

/** Reads what the processes of a stack, and this bench's own merchants, have taken; empty without `/proc`. */
export function spentBy({ instances, postgres }: Status, merchants: number | undefined): Spent {
  const kinds = new Map<number, string>(
    instances.map(({ pid, service, environment }) => [
      pid,
      environment === 'production' && (service === 'api' || service === 'worker')
        ? service
        : 'the rest of Imara',
    ]),
  );
  if (merchants !== undefined) kinds.set(merchants, 'merchants');
  const spent = new Map<string, number>();
  for (const pid of processIds()) {
    const seen = ticksOf(pid);
    const kind = kinds.get(pid) ?? (seen?.parent === postgres.pid ? 'PostgreSQL' : undefined);
    if (seen === undefined || kind === undefined) continue;
    spent.set(kind, (spent.get(kind) ?? 0) + (seen.ticks * 1_000) / TICKS_PER_SECOND);
  }
  return spent;
}

/** What was taken between two looks, for each of so many payments, in microseconds. */
export function spentEach(before: Spent, after: Spent, payments: number): Map<string, number> {
  return new Map(
    [...after].map(([kind, ms]) => [kind, Math.round(((ms - (before.get(kind) ?? 0)) * 1_000) / payments)]),
  );
}

function ticksOf(pid: number): { parent: number; ticks: number } | undefined {
  const text = readOfProcess(pid, 'stat');
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}
