import type { LastWill } from '../../../src/agent/disk/last-will.ts';
import type { StoredOutbox } from '../../../src/agent/disk/report-outbox.ts';
import type { Demands } from '../../../src/agent/options.ts';
import type { ShellOptions } from '../../../src/agent/shell/ports.ts';
import { type Memory, NO_MEMORY } from '../../../src/rollout/instance/state.ts';
import { type ControlEvent, parseControlEvent, type Report } from '../../../src/rollout/protocol.ts';
import type { TrustedKey } from '../../../src/rollout/signed/signed.ts';
import type { Chance } from '../../chance.ts';
import type { Behaviour } from '../../events/behaviour.ts';
import type { See } from '../../seen.ts';
import type { Settings } from '../../settings.ts';
import type { Clock } from '../clock.ts';
import type { Cores } from '../cores.ts';
import type { Network } from '../network.ts';
import { createDisk, type Disk } from './disk.ts';
import { type Process, startProcess } from './process.ts';
import type { Answer } from './thread.ts';

export interface ServerOptions {
  readonly name: string;
  readonly environment: string;
  readonly cell: string;
  readonly kind: ShellOptions['kind'];
  readonly keys: readonly TrustedKey[];
  readonly demands: Partial<Demands>;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What is left to chance in how requests end that nobody here failed: numbers of its own. */
  readonly endings: Chance;
  readonly network: Network;
  readonly cores: Cores;
  readonly settings: Settings;
  readonly see: See;
  readonly behaviourOf: (hash: string | null) => Behaviour;
  /** What every release needs does not answer at the moment: no taste passes, whatever the release. */
  readonly outage: () => boolean;
  readonly controls: readonly string[];
  /** Hands a report to a control process; `answer` may be called once, much later or never. */
  readonly report: (control: string, report: Report, answer: (answer: Answer) => void) => void;
}

/** What a process finds on its machine, and what is the matter with it. */
export interface Machine {
  readonly disk: Disk<Memory>;
  readonly outboxDisk: Disk<StoredOutbox>;
  /** ms since the epoch, by its own clock. */
  readonly epoch: () => number;
  readonly boots: number;
  /** What a process that was ended leaves to the next. */
  will: LastWill | undefined;
  readonly slowness: () => number;
  readonly lies: () => boolean;
}

/**
 * One server: its machine with two disks, the processes that follow each other on it, and who ends and
 * starts them. What a process does is the agent's own shell (`process.ts`). Woken by the world's tick, by
 * control, and by people and faults. It must decide nothing about releases.
 */
export function createServer(options: ServerOptions) {
  const { name, environment, clock, chance, network, settings, see } = options;
  const disk = createDisk<Memory>(clock, chance, (memory) =>
    see({ type: 'on_disk', instance: name, memory }),
  );
  const outboxDisk = createDisk<StoredOutbox>(clock, chance, () => undefined);
  const skewMs = chance.between(-0.8, 0.8) * settings.clockSkewMs;
  let running: Process | undefined;
  let boots = 0;
  let will: LastWill | undefined;
  let slowness = 1;
  let lies = false;
  let gone = false;

  const machine: Machine = {
    disk,
    outboxDisk,
    epoch: () => clock.now + skewMs,
    get boots() {
      return boots;
    },
    get will() {
      return will;
    },
    set will(left) {
      will = left;
    },
    slowness: () => slowness,
    lies: () => lies,
  };

  function start(): void {
    if (running !== undefined || gone) return;
    boots += 1;
    see({ type: 'booting', instance: name, memory: disk.read() ?? NO_MEMORY });
    running = startProcess(options, machine, die);
    running.boot();
  }

  function take(event: ControlEvent): void {
    running?.receive(event);
  }

  /** The serving loop's turn, and the watchdog's look at it. */
  function tick(): void {
    const end = running?.tick();
    if (end === undefined) return;
    if (end.will !== null) will = end.will;
    die();
  }

  /** The process ends; its supervisor starts another. */
  function die(power: 'on' | 'lost' = 'on'): void {
    if (running === undefined) return;
    running.end();
    running = undefined;
    for (const each of [disk, outboxDisk]) {
      if (power === 'on') each.processDied();
      else each.powerLost();
    }
    see({ type: 'died', instance: name });
    clock.after(chance.between(100, 600), start);
  }

  /** R17: an order over the instance's own socket. */
  function orderHere(order: { rollout: string | null; from: string }, again: boolean): void {
    running?.order({ ...order, by: 'somebody', to: null }, again);
  }

  return {
    name,
    environment,
    cell: options.cell,
    disk,
    outboxDisk,
    start,
    tick,
    receive(data: string): void {
      const event = parseControlEvent(data);
      if (event !== undefined && running?.isCut === false) take(event);
    },
    stick: () => running?.stick(),
    die,
    take,
    /** The same name on another machine: nothing is known there. */
    replaceMachine(): void {
      die();
      disk.replaced();
      outboxDisk.replaced();
      will = undefined;
    },
    /** The machine is put back to a snapshot of its disk. */
    putDiskBack(): void {
      die();
      disk.putBack();
      will = undefined;
    },
    /** Drained and taken away for good. */
    leave(): void {
      gone = true;
      die();
    },
    /** R17: an order that control was given too, over the instance's own socket, whatever it has. */
    orderedHere: (order: { rollout: string | null; from: string }) => orderHere(order, true),
    /** Somebody at the machine orders it; no control is asked. */
    undoHere(): void {
      const hash = running?.hash;
      if (hash) orderHere({ rollout: null, from: hash }, false);
    },
    set lying(value: boolean) {
      lies = value;
      if (value) see({ type: 'lies', instance: name });
    },
    set slowness(factor: number) {
      slowness = factor;
    },
    get gone() {
      return gone;
    },
    get state() {
      return running?.state;
    },
    get live() {
      return running?.live;
    },
    get hash() {
      return running?.hash;
    },
    reaches: (control: string) => network.reaches(name, control),
  };
}

export type Server = ReturnType<typeof createServer>;
