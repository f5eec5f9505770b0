/**
 * The faults that are set, as one API process knows them. The table is the truth, and is read twice a second,
 * so that a fault holds everywhere within a second of being set; while there are none, `armed` is false, and
 * that is all a request pays. A process that may have no faults has no book.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { repeat } from '../../platform/loop/repeat.ts';
import { draw } from './draw.ts';
import { type Facts, identityOf, looksAtBody, meets } from './facts.ts';
import { countHit, countMet, readFaults, type SetFault } from './rows.ts';

export interface FaultBook {
  /** Whether any fault is set. */
  readonly armed: boolean;
  /**
   * The first fault that meets and hits this request. `early`: of those that look at no body, before it is
   * read.
   */
  hit(facts: Facts, when: 'early' | 'late'): Promise<Hit | undefined>;
  /** Reads them again, now. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export interface Hit {
  readonly fault: SetFault;
  /** How many requests it has met, where that was counted. */
  readonly turn: number | undefined;
}

const POLL_MS = 500;
const READ_MS = 2_000;
const COUNT_MS = 2_000;

export function openFaultBook({
  database,
  clock,
  log,
}: {
  database: Database;
  clock: Clock;
  log: Log;
}): FaultBook {
  let faults: readonly SetFault[] = [];

  async function read(): Promise<void> {
    faults = await within(Deadline.in(READ_MS), 'reading faults', () =>
      readFaults(database, new Date(clock.now())),
    );
  }
  const loop = repeat({
    work: read,
    waitMs(ran) {
      if (!ran.ok && ran.failures === 1) log.warn({ err: ran.error }, 'faults could not be read');
      return POLL_MS;
    },
  });

  async function tryOn(fault: SetFault, facts: Facts): Promise<Hit | undefined> {
    const { name, rule, seed } = fault;
    const { chance = 1, by = 'turn' } = rule;
    const counts = (by === 'turn' && chance < 1) || rule.do.callback === 'out-of-order';
    const turn = counts ? await countMet(database, name) : undefined;
    if (counts && turn === undefined) return undefined;
    const identity = by === 'payment' ? identityOf(facts) : (turn ?? 0);
    if (chance < 1 && draw(seed, name, identity) >= chance) return undefined;
    return (await countHit(database, name)) ? { fault, turn } : undefined;
  }

  return {
    get armed() {
      return faults.length > 0;
    },
    async hit(facts, when) {
      const nowMs = clock.now();
      for (const fault of faults) {
        const { rule, expiresAt } = fault;
        const isEarly = rule.do.answer !== undefined && rule.by !== 'payment' && !looksAtBody(rule.when);
        const isOver = expiresAt !== null && expiresAt.getTime() <= nowMs;
        if (isEarly !== (when === 'early') || isOver || !meets(rule.when, facts)) continue;
        const hit = await within(Deadline.in(COUNT_MS), 'counting a fault', () => tryOn(fault, facts));
        if (hit !== undefined) return hit;
      }
      return undefined;
    },
    refresh: read,
    close: () => loop.stop(),
  };
}
