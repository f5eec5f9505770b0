import type { InstanceEvent, InstanceState } from '../../rollout/instance/state.ts';
import type { AgentMessage } from '../../rollout/protocol.ts';
import type { NewestWriter } from '../disk/newest.ts';
import type { LocalUndo } from '../local/socket.ts';
import type { ShellPorts } from './ports.ts';

/** How long a boot waits for its own disk (R8: a disk that hangs keeps nobody from serving). */
const DISK_MS = 2_000;

/**
 * The start of an instance: what its disk says, what the process before it left to be done, and the release
 * it begins to serve with. Woken once, and again by the core when it is to start with another one. It asks
 * nobody (R8), waits for its disk no longer than `DISK_MS`, and never serves with what the core did not name.
 */
export interface Boot {
  /** `done` once: with an error when not even what is built in can be served with. */
  begin(done: (error?: unknown) => void): void;
  /** The core wants another release to be started with. */
  again(): void;
}

export function createBoot(
  { disk, serve, clock, log }: Pick<ShellPorts, 'disk' | 'serve' | 'clock' | 'log'>,
  memories: Pick<NewestWriter<unknown>, 'whenIdle'>,
  core: {
    state(): InstanceState;
    dispatch(event: InstanceEvent): void;
    tell(message: AgentMessage): void;
    tellOrdered(order: LocalUndo): void;
    /** It has begun to serve. */
    swapped(): void;
  },
): Boot {
  let done: ((error?: unknown) => void) | undefined;
  /** Counts the tries; the latest counts. */
  let tries = 0;
  let isObeying = false;

  const finish = (error?: unknown): void => {
    const first = done;
    done = undefined;
    first?.(error);
  };

  /** What the process before this one was ended over. */
  function obeyWill(): void {
    const { will } = disk;
    if (will?.type === 'undo') {
      const { by, order, ...undo } = will;
      if (by !== null) core.tellOrdered({ ...undo, by, ...(order === undefined ? {} : { order }) });
      core.dispatch(undo);
    }
    if (will?.type === 'lease_lost') {
      core.tell(will);
      // So that an offer of it that is on its way is not taken up. Nobody ordered an undo, so it is not
      // remembered as one.
      core.dispatch({ type: 'gave_up', rollout: will.rollout });
    }
  }

  /**
   * A boot that is not on disk would not count, and control would not hear of it, should this one crash (R9).
   */
  function start(): void {
    const mine = ++tries;
    waitFor(
      'booting',
      (onDisk) => {
        memories.whenIdle(() => disk.outbox.whenIdle(onDisk));
      },
      () => {
        if (mine === tries) bring();
      },
    );
  }

  function bring(): void {
    const { phase } = core.state();
    if (phase.at !== 'starting') {
      finish(new Error(`a boot in phase ${phase.at}`));
      return;
    }
    const { release } = phase;
    serve.switchTo(release, (error) => {
      if (error === undefined) return started();
      log.error({ err: error, release: release?.hash ?? null }, 'could not start with this release');
      if (release === null) return finish(error);
      core.dispatch({ type: 'boot', memory: core.state().memory });
    });
  }

  function started(): void {
    core.swapped();
    if (disk.will === undefined) {
      finish();
      return;
    }
    // What it says is in the instance's memory; obeyed twice, it does no harm.
    waitFor(
      'serving',
      (removed) => {
        disk.removeWill((error) => {
          if (error !== undefined) log.error({ err: error }, 'the last will could not be removed');
          removed();
        });
      },
      () => finish(),
    );
  }

  function waitFor(doing: string, begin: (done: () => void) => void, then: () => void): void {
    let settled = false;
    const settle = (): void => {
      if (settled) return;
      settled = true;
      timer.cancel();
      then();
    };
    const timer = clock.after(DISK_MS, () => {
      log.error(`${doing} without waiting for the disk any longer`);
      settle();
    });
    begin(settle);
  }

  return {
    begin(then) {
      done = then;
      isObeying = true;
      core.dispatch({ type: 'boot', memory: disk.memory });
      obeyWill();
      isObeying = false;
      start();
    },
    again() {
      serve.overtake();
      if (!isObeying) start();
    },
  };
}
