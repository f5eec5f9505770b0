import type { Command } from '../../src/control/store/commands.ts';
import type { Named } from '../../src/control/undo/candidates.ts';
import type { Clock } from '../parts/clock.ts';
import type { Control } from '../parts/control/control.ts';
import type { Store } from '../parts/control/store.ts';
import type { Cores } from '../parts/cores.ts';
import type { Server } from '../parts/server/server.ts';
import type { See } from '../seen.ts';

/** So long `imara undo` waits for control to say that it is done. */
const PATIENCE_MS = 3_000;

/**
 * People who type `imara undo`: each asks what stands, and orders the undo of that by its name, on every
 * path.
 */
export function createPeople({
  clock,
  store,
  controls,
  servers,
  cores,
  see,
  order,
  again,
}: {
  clock: Clock;
  store: Store;
  controls: ReadonlyMap<string, Control>;
  servers: ReadonlyMap<string, Server>;
  cores: Cores;
  see: See;
  order: (rollout: string, person: string, body: Command['body']) => Command;
  again: (command: Command) => void;
}) {
  /** Of the leader; a control that does not know yet that it leads no more is not asked. */
  const stands = () => {
    const leader = controls.get(store.leader.holder);
    return leader?.leads ? leader.standing : undefined;
  };

  function give(leaves: readonly Named[], person: string, to: string | null): Command[] {
    see({ type: 'undo_chosen', leaves: leaves.map(({ rollout, hash }) => ({ rollout, hash })), to });
    return leaves.map((named) => {
      const command = order(named.rollout, person, { reason: 'smoke', ...(to === null ? {} : { to }) });
      clock.after(PATIENCE_MS, () => {
        if (store.isDone(command.id)) return;
        for (const server of servers.values())
          server.orderedHere(cores.orderHere(named, server.hash ?? null));
      });
      return command;
    });
  }

  return {
    /** Nobody is at a terminal: where a question would be asked, nothing is done. */
    undo(person: string): Command[] {
      const standing = stands();
      if (standing === undefined) return [];
      const plan = cores.planUndo(standing, { from: undefined, yes: false });
      return plan.kind === 'order' ? give(plan.leaves, person, null) : [];
    },
    again,
    /** To a release as somebody typed it. */
    undoTo(person: string, wanted: string): void {
      const standing = stands();
      const target = cores.targetOf(store.past(), wanted);
      if (standing?.inForce && target.ok) give([standing.inForce], person, target.hash);
    },
  };
}
