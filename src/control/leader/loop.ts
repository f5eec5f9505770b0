import { type Loop, repeat } from '../../platform/loop/repeat.ts';
import type { Command } from '../store/commands.ts';
import { createLeader } from './leader.ts';
import type { LeaderPorts } from './ports.ts';

/** Between two turns when nothing happens; and after one that failed. */
export const IDLE_MS = 100;
export const FAILED_MS = 250;
/** What comes within so short a time is one turn. */
const TOGETHER_MS = 5;

/**
 * When a leader takes its turns: again and again, soon after something was said or asked, and more seldom
 * while the store fails. It owns the timer; a hint wakes it, or the end of a wait. It must never decide: the
 * simulator has another clock, and the same leader.
 */
export function createLeaderLoop(ports: LeaderPorts) {
  const leader = createLeader(ports);
  let turns: Loop<void> | undefined;

  return {
    ...leader,
    /** Something was said or asked. */
    wake(): void {
      turns?.wake();
    },
    /** Takes turns until it is stopped. */
    run(): Loop<void> {
      turns = repeat({
        work: leader.turn,
        gatherMs: TOGETHER_MS,
        waitMs: (ran) => {
          if (ran.ok) return IDLE_MS;
          ports.log.warn({ err: ran.error }, 'a turn of the leader failed; it is taken again');
          return FAILED_MS;
        },
      });
      return turns;
    },
    undo(command: Command): number {
      const told = leader.undo(command);
      this.wake();
      return told;
    },
  };
}

export type LeaderLoop = ReturnType<typeof createLeaderLoop>;
