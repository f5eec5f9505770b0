import type { Command, CommandKind } from '../../src/control/store/commands.ts';
import type { Clock } from '../parts/clock.ts';
import { type Control, SERVICE } from '../parts/control/control.ts';
import type { Store } from '../parts/control/store.ts';
import type { See } from '../seen.ts';

/** What people order: an undo at each leader at once, and each order in the store, as soon as it is back. */
export interface Orders {
  give(kind: CommandKind, rollout: string | null, person: string, body?: Command['body']): Command;
  /** Given once more, by a person who is not sure that it arrived. */
  again(command: Command): void;
}

export function createOrders({
  clock,
  store,
  controls,
  see,
}: {
  clock: Clock;
  store: Store;
  controls: ReadonlyMap<string, Control>;
  see: See;
}): Orders {
  let given = 0;

  function undoAtLeaders(command: Command): void {
    for (const control of controls.values()) if (control.leads) control.undo(command);
  }

  /** People try again until it is written. */
  function insist(command: Command): void {
    if (store.away) clock.after(500, () => insist(command));
    else {
      store.command(command);
      if (command.kind === 'undo') see({ type: 'undo_written', command: command.id });
    }
  }

  return {
    give(kind, rollout, person, body = {}) {
      const command: Command = { id: `${kind}-${++given}`, kind, service: SERVICE, rollout, person, body };
      if (kind === 'undo' && rollout !== null) {
        see({ type: 'undo_ordered', command: command.id, rollout });
        undoAtLeaders(command);
      }
      insist(command);
      return command;
    },
    again(command) {
      undoAtLeaders(command);
      insist(command);
    },
  };
}
