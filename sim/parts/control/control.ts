import { createInstanceRegistry } from '../../../src/control/agents/registry.ts';
import { createElection, type Election, type ElectionStore } from '../../../src/control/leader/election.ts';
import { createLeader } from '../../../src/control/leader/leader.ts';
import { FAILED_MS, IDLE_MS } from '../../../src/control/leader/loop.ts';
import type { LeaderStore } from '../../../src/control/leader/ports.ts';
import { createSignedEvents } from '../../../src/control/leader/signed-events.ts';
import type { Command } from '../../../src/control/store/commands.ts';
import { LATELY_MS, type Standing } from '../../../src/control/undo/candidates.ts';
import type { Report } from '../../../src/rollout/protocol.ts';
import type { TrustedKey } from '../../../src/rollout/signed/signed.ts';
import type { Chance } from '../../chance.ts';
import type { See } from '../../seen.ts';
import type { Settings } from '../../settings.ts';
import type { Clock } from '../clock.ts';
import type { Cores } from '../cores.ts';
import { signerOf, verify } from '../keys.ts';
import type { Network } from '../network.ts';
import type { Answer } from '../server/thread.ts';
import { createLeaderStore, through } from './leader-store.ts';
import type { Store } from './store.ts';
import { watch } from './watch.ts';

export interface ControlOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly network: Network;
  readonly store: Store;
  readonly cores: Cores;
  readonly settings: Settings;
  readonly see: See;
  readonly keys: readonly TrustedKey[];
  readonly say: (instance: string, text: string) => void;
}

export const STORE = 'store';
export const SERVICE = 'platform';
const STORE_TIMEOUT_MS = 1_000;
const INSTANCES_MS = 1_000;

/** A process, from its start to its end. */
interface Process {
  readonly registry: ReturnType<typeof createInstanceRegistry>;
  readonly listeners: Set<string>;
  readonly election: Election;
  readonly leader: ReturnType<typeof createLeader>;
}

/**
 * One control process: the real leader and the real election on simulated ground. It owns what `control.ts`
 * and `loop.ts` own on real ground (timers, the way to the store, the streams), and that a process can die or
 * stand still; the simulated clock wakes it. It must decide nothing that the leader decides.
 */
export function createControl(options: ControlOptions) {
  const { name, clock, chance, network, store, cores, settings, see } = options;
  const { termMs } = settings.control;
  const signedEvents = createSignedEvents(signerOf('key-of-control'));
  /** Wall clocks differ a little; waits are measured by clocks that do not. */
  const skewMs = chance.between(-100, 100);
  const wall = { now: () => clock.now + skewMs };
  const kept = createLeaderStore(store, { service: SERVICE, cores, now: () => clock.now });
  const seen = watch({ control: name, see, store });
  let running: Process | undefined;
  let asleepUntil = 0;
  /** For so long it will sleep between its next decision and the writing of it. */
  let drowsyMs = 0;

  const isAwake = () => running !== undefined && clock.now >= asleepUntil;
  const reachesStore = () => !store.away && network.reaches(name, STORE);

  /** Happens in this process if it is there then; later, if it sleeps then. */
  function soon(ms: number, happen: (process: Process) => void): void {
    const mine = running;
    const go = (): void => {
      if (mine === undefined || running !== mine) return;
      if (clock.now < asleepUntil) clock.at(asleepUntil, go);
      else happen(mine);
    };
    clock.after(ms, go);
  }

  /** Asks the store. It may not get there, and the answer may not get back although all was done. */
  function ask<Result>(what: () => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const settle = (how: () => void) => () => {
      clock.goOn();
      how();
    };
    soon(chance.wait(2), () => {
      if (!reachesStore()) return;
      const done = attempt(what);
      clock.after(chance.wait(2), () => {
        if (reachesStore())
          soon(0, settle('error' in done ? () => reject(done.error) : () => resolve(done.value)));
      });
    });
    soon(
      STORE_TIMEOUT_MS,
      settle(() => reject(new StoreAway())),
    );
    return promise;
  }

  function begin(): Process {
    const registry = createInstanceRegistry({ most: 10_000 });
    const listeners = new Set<string>();
    const election = createElection({
      store: through<ElectionStore>(seen.election(kept.ofElection), ask),
      holder: name,
      url: () => name,
      termMs: () => termMs,
      now: () => clock.now,
    });
    const leaderStore = through<LeaderStore>(seen.store(kept.ofLeader), ask);
    const leader = createLeader({
      name,
      store: {
        ...leaderStore,
        commit(decision) {
          if (drowsyMs > 0) asleepUntil = clock.now + drowsyMs;
          drowsyMs = 0;
          return leaderStore.commit(decision);
        },
      },
      election,
      registry,
      streams: seen.streams({
        send(_, instance, text) {
          if (!listeners.has(instance)) return false;
          options.say(instance, text);
          return true;
        },
        endAll: () => listeners.clear(),
      }),
      signedEvents,
      keys: () => options.keys,
      keysOf: () => options.keys,
      verify,
      settings: () => settings.control,
      clock: wall,
      elapsedMs: () => clock.now,
      decide: seen.decide(cores.decide, () => election.term() ?? 0),
      log: { info() {}, warn() {}, debug() {} },
    });
    return { registry, listeners, election, leader };
  }

  function start(): void {
    if (running !== undefined) return;
    running = begin();
    campaign(running);
    soon(IDLE_MS, turn);
    soon(INSTANCES_MS, keepInstances);
  }

  function campaign({ election }: Process): void {
    clock.goOn(
      election
        .campaign()
        .catch(unlessExpected)
        .then(() => soon(termMs / 4, campaign)),
    );
  }

  function turn({ leader }: Process): void {
    const beganAt = clock.now;
    seen.turnBegins();
    const taken = leader.turn().then(
      () => {
        seen.turnEnded(beganAt);
        soon(IDLE_MS, turn);
      },
      (error: unknown) => {
        unlessExpected(error);
        soon(FAILED_MS, turn);
      },
    );
    clock.goOn(taken);
  }

  function keepInstances({ registry }: Process): void {
    const rows = registry.changed();
    const kept = rows.length === 0 ? Promise.resolve() : ask(() => store.heard(rows));
    clock.goOn(kept.catch(unlessExpected).then(() => soon(INSTANCES_MS, keepInstances)));
  }

  return {
    name,
    start,
    /** `backMs`: until its supervisor has started it again. */
    die(backMs: number): void {
      running = undefined;
      clock.after(backMs, start);
    },
    /**
     * Stands still, as a process does whose machine is moved or whose memory is swapped out, and knows
     * nothing of it.
     */
    sleep(ms: number): void {
      asleepUntil = clock.now + ms;
    },
    sleepBeforeWriting(ms: number): void {
      drowsyMs = ms;
    },
    wake(): void {
      asleepUntil = clock.now;
      drowsyMs = 0;
    },
    /** A report of an instance has come in, and stands for its stream too; see `agents/routes.ts`. */
    report(report: Report, answer: (answer: Answer) => void): void {
      soon(0, ({ leader, election, registry, listeners }) => {
        if (!leader.serves()) {
          const holder = election.leader()?.holder;
          return answer({ leader: holder === name ? undefined : holder });
        }
        const heard = registry.hear(report, wall.now());
        if ('refused' in heard) return;
        const { service, environment, instance } = report;
        if (!listeners.has(instance)) {
          listeners.add(instance);
          leader.greet({ service, environment, instance });
        }
        answer({ acknowledged: heard.acknowledged, nextBeatMs: leader.beatMs(report) });
      });
    },
    /** R6: said at once to everybody who listens here, and seen to that it is written. */
    undo(command: Command): void {
      soon(0, ({ leader }) => leader.undo(command));
    },
    /** R17: the answer to the command line; see `api/routes/releases/undo.ts`. */
    get standing(): Standing | undefined {
      const held = isAwake() ? running?.leader.standing(SERVICE) : undefined;
      if (held === undefined || held.fresh || !reachesStore()) return held?.standing;
      return kept.standing(clock.now, LATELY_MS);
    },
    get leads() {
      return isAwake() && running?.leader.serves() === true;
    },
    get isUp() {
      return isAwake();
    },
  };
}

export type Control = ReturnType<typeof createControl>;

/** It did not answer in time. */
class StoreAway extends Error {
  override readonly name = 'StoreAway';
}

/** Whatever else is thrown is an error of the program. */
function unlessExpected(error: unknown): void {
  if (error instanceof Error && ['StoreAway', 'Deposed', 'StaleRollout'].includes(error.name)) return;
  throw error;
}

function attempt<Result>(what: () => Result): { readonly value: Result } | { readonly error: unknown } {
  try {
    return { value: what() };
  } catch (error) {
    return { error };
  }
}
