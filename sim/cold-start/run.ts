import { defaultAuthClientSettings } from '../../src/auth/client/settings.ts';
import { defaultControlSettings } from '../../src/control/settings.ts';
import { CONNECT_MS } from '../../src/platform/database/database.ts';
import { random as seeded } from '../../src/rollout/gate/testdata/random.ts';
import { wireLimits } from '../../src/rollout/protocol.ts';
import {
  defaultPolicy,
  type Lifecycle,
  type LifecycleEvent,
} from '../../src/supervisor/process/lifecycle.ts';
import { createClock } from '../parts/clock.ts';
import { backAfterMs, capacities, fleet, OTHER_CONNECTIONS, UP_WITHIN_MS } from './capacities.ts';
import { type Decisions, realDecisions } from './decisions.ts';
import { createMeter, type Meter } from './meter.ts';
import { createQueue } from './queue.ts';

export interface Outcome {
  /** What was more than the shared parts bear; empty: all is well. */
  readonly faults: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/** All machines have been up for so long when their processes start: they have just booted. */
const MACHINE_UP_MS = 20_000;
const ROUND_TRIP_MS = 2;
/** One boot in fifty fails: the supervisor tries it again. */
const BOOT_FAILS = 0.02;
/** The leader ends when all have long been up, and another leads after a term. */
const LEADER_ENDS_MS = 60_000;
const FAILOVER_MS = defaultControlSettings.termMs + 1_000;
const END_MS = 80_000;
/** `auth/client` retries at most after so long. */
const LONGEST_AUTH_RETRY_MS = 10_000;

/**
 * A power cut and a change of leader: every instance of every machine starts in the same moment, and later
 * loses control in the same moment. The decisions are the real ones; what is simulated is time, and the
 * shared parts as counters of what reaches them. The same for the same seed.
 */
export async function coldStart({
  seed,
  decisions = realDecisions,
  instances = fleet.instances,
}: {
  seed: number;
  decisions?: Decisions;
  instances?: number;
}): Promise<Outcome> {
  const random = seeded(seed);
  const clock = createClock(0);
  const control = createMeter();
  const auth = createMeter();
  const cells = Array.from({ length: Math.ceil(instances / fleet.perCell) }, () => ({
    open: OTHER_CONNECTIONS,
    waitMs: createQueue(capacities.database.connectsPerSecond),
  }));
  let streams = 0;
  let mostStreams = 0;
  let longestConnectMs = 0;
  let mostConnections = 0;
  /** Of each instance: when it was served by all shared parts. */
  const upAt = new Map<number, number>();
  const parts = new Map<number, Set<string>>();

  const controlIsBack = () =>
    clock.now >= backAfterMs.control &&
    !(clock.now >= LEADER_ENDS_MS && clock.now < LEADER_ENDS_MS + FAILOVER_MS);
  /** A control process that does not lead answers too, which costs it as much. */
  const controlIsAsked = () => {
    if (clock.now >= backAfterMs.control) control.count(clock.now);
  };
  const done = (instance: number, part: string) => {
    const its = parts.get(instance) ?? new Set();
    parts.set(instance, its.add(part));
    if (its.size === 5 && !upAt.has(instance)) upAt.set(instance, clock.now);
  };

  /** `src/supervisor/process/supervised.ts` on simulated ground. */
  const supervise = (instance: number) => {
    let state: Lifecycle = { mode: 'stopped' };
    const take = (event: LifecycleEvent) => {
      const after = decisions.lifecycle(state, event, clock.now, defaultPolicy);
      state = after.state;
      if (state.mode === 'backing-off' || state.mode === 'crash-looping')
        clock.at(state.until, () => take({ type: 'tick', deafMs: 0 }));
      if (after.effects.some((effect) => effect.do === 'spawn')) {
        const delayMs = decisions.startDelayMs(instances, MACHINE_UP_MS, random);
        clock.after(delayMs, () => {
          if (random() < BOOT_FAILS) take({ type: 'exited', roll: random() });
          else boot(instance, () => take({ type: 'ready' }));
        });
      }
    };
    take({ type: 'start' });
  };

  const boot = (instance: number, ready: () => void) => {
    follow(instance);
    beat(instance);
    clock.after(fleet.bootMs, () => {
      ready();
      done(instance, 'serves');
      for (const document of ['keys', 'revocations'] as const) refresh(instance, document);
      clock.at(Math.max(clock.now, backAfterMs.database), () => connect(instance));
    });
  };

  /** The traffic is back too: it fills the pool at once. */
  const connect = (instance: number) => {
    const cell = cells[Math.floor(instance / fleet.perCell)];
    if (cell === undefined) return;
    const isWorker = instance % fleet.perCell < fleet.workersPerCell;
    const count = isWorker ? decisions.connections.worker : decisions.connections.api;
    for (let each = 0; each < count; each++)
      longestConnectMs = Math.max(longestConnectMs, cell.waitMs(clock.now));
    cell.open += count;
    mostConnections = Math.max(mostConnections, cell.open);
    done(instance, 'database');
  };

  /** `src/auth/refresh.ts` with what `keys.ts` and `revocations.ts` give it. */
  const refresh = (instance: number, document: 'keys' | 'revocations') => {
    const { keyRefreshSeconds, revocationRefreshSeconds } = defaultAuthClientSettings;
    const intervalMs = (document === 'keys' ? keyRefreshSeconds : revocationRefreshSeconds) * 1_000;
    let failures = 0;
    const run = () => {
      const isBack = clock.now >= backAfterMs.auth;
      if (isBack) auth.count(clock.now);
      failures = isBack ? 0 : failures + 1;
      if (isBack && document === 'keys') done(instance, 'keys');
      const schedule = { failures, intervalMs, longestRetryMs: LONGEST_AUTH_RETRY_MS };
      clock.after(decisions.nextRunMs(schedule, random), run);
    };
    run();
  };

  /** The two loops of `src/agent/link/link.ts`. */
  const follow = (instance: number) => {
    const backoff = decisions.controlBackoff(instances, random);
    const open = () => {
      controlIsAsked();
      if (!controlIsBack()) return clock.after(backoff.nextMs(), open);
      streams += 1;
      mostStreams = Math.max(mostStreams, streams);
      done(instance, 'stream');
      if (clock.now > LEADER_ENDS_MS) return;
      clock.at(LEADER_ENDS_MS, () => {
        streams -= 1;
        backoff.reset();
        clock.after(backoff.nextMs(), open);
      });
    };
    open();
  };
  const beat = (instance: number) => {
    const backoff = decisions.controlBackoff(instances, random);
    const report = () => {
      controlIsAsked();
      if (!controlIsBack()) return clock.after(backoff.nextMs(), report);
      backoff.reset();
      done(instance, 'report');
      const { idleBeatMs } = defaultControlSettings;
      const told = { underWay: false, fleetSize: instances, idleBeatMs };
      const dueMs = Math.min(decisions.nextBeatMs('steady', told), wireLimits.maxBeatMs);
      clock.after(Math.max(ROUND_TRIP_MS, dueMs), report);
    };
    report();
  };

  for (let instance = 0; instance < instances; instance++) supervise(instance);
  await clock.run(END_MS);

  const lastUpMs = upAt.size < instances ? Number.POSITIVE_INFINITY : Math.max(...upAt.values());
  const faults = [
    ...overload('control', control, capacities.control.requestsPerSecond),
    ...overload('the authentication servers', auth, capacities.auth.requestsPerSecond),
    ...above('streams of one leader', mostStreams, capacities.control.streams),
    ...above('connections to one PostgreSQL', mostConnections, capacities.database.connections),
    ...above('ms that a connection waits', longestConnectMs, CONNECT_MS),
    ...above('ms until the last is up', lastUpMs, UP_WITHIN_MS),
    ...above('instances without a stream in the end', instances - streams, 0),
  ];
  return {
    faults,
    figures: {
      instances,
      'all up after, ms': Math.round(lastUpMs),
      'control, most a second': control.mostInSecond(),
      'control, most in 100 ms': control.mostAtOnce(),
      'authentication, most a second': auth.mostInSecond(),
      'authentication, most in 100 ms': auth.mostAtOnce(),
      'connections to one PostgreSQL': mostConnections,
      'longest wait for a connection, ms': Math.round(longestConnectMs),
    },
  };
}

function overload(part: string, meter: Meter, perSecond: number): string[] {
  return [
    ...above(`requests a second to ${part}`, meter.mostInSecond(), perSecond),
    ...above(`requests in 100 ms to ${part}`, meter.mostAtOnce(), (perSecond / 10) * capacities.burst),
  ];
}

function above(what: string, found: number, most: number): string[] {
  return found > most ? [`${what}: ${Math.round(found)}, and ${most} can be borne`] : [];
}
