import type { Clock } from '../../platform/clock.ts';
import type { LeaderStore } from '../leader/ports.ts';
import type { Command } from '../store/commands.ts';

/**
 * R6: undos that people ordered and that are not done yet. An undo is sent to every connected instance before
 * anything is written, and again until the store has taken it, however long the store is away.
 */
export interface UndoOrders {
  /** Says it at once; returns to how many instances. */
  take(command: Command): number;
  /** Says again what is not done, if it is time. */
  sayAgain(): void;
  /**
   * Writes what is not written, and forgets what the store has as done although nobody here heard it say so;
   * rejects when the store does not answer.
   */
  settle(): Promise<void>;
  done(id: string): void;
  /** Another process leads: what is written is its to do. */
  handOver(): void;
}

interface Order {
  readonly command: Command;
  saidAt: number;
  written: boolean;
}

const AGAIN_MS = 500;
const MOST = 100;

export function createUndoOrders({
  store,
  clock,
  elapsedMs,
  say,
}: {
  store: Pick<LeaderStore, 'keepCommand' | 'openCommands'>;
  clock: Clock;
  /** Monotonic, ms. */
  elapsedMs: () => number;
  say: (command: Command) => number;
}): UndoOrders {
  const orders = new Map<string, Order>();
  const sayNow = (order: Order): number => {
    order.saidAt = elapsedMs();
    return say(order.command);
  };
  return {
    take(command) {
      const order = orders.get(command.id) ?? { command, saidAt: 0, written: false };
      // Beyond the bound it is said, but not said again: so many undos are one undo.
      if (orders.size < MOST) orders.set(command.id, order);
      return sayNow(order);
    },
    sayAgain() {
      for (const order of orders.values()) if (elapsedMs() - order.saidAt >= AGAIN_MS) sayNow(order);
    },
    async settle() {
      for (const order of orders.values()) {
        if (order.written) continue;
        await store.keepCommand(order.command, clock.now());
        order.written = true;
      }
      if (orders.size === 0) return;
      const open = new Set((await store.openCommands()).map(({ id }) => id));
      for (const [id, { written }] of orders) if (written && !open.has(id)) orders.delete(id);
    },
    done: (id) => void orders.delete(id),
    handOver() {
      for (const [id, { written }] of orders) if (written) orders.delete(id);
    },
  };
}
