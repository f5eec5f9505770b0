import { ceilingMs } from '../../platform/loop/backoff.ts';

/**
 * The life of one supervised process, as a pure machine: one event in, the next state and what to do out.
 * Times are milliseconds of one clock.
 *
 *   mode           holds when                                  left by
 *   stopped        it is not wanted, and not there             start → starting
 *   starting       it was spawned and has not said "ready"     ready → ready · exited → backing-off | crash-looping
 *   ready          it serves, and was heard within `stallMs`   tick (silence) → stalled · exited → backing-off
 *   stalled        it is there and silent                      heard → ready · exited → backing-off
 *   backing-off    it ended by itself and will be spawned      tick (time) → starting
 *   crash-looping  the same, `crashLoopAfter` times more       tick (time) → starting
 *                  than were forgotten; said aloud
 *   stopping       it was asked to end                         exited → stopped
 *
 * `stop` leads from anywhere to stopping, or to stopped where nothing runs. An event that a mode does not
 * name changes nothing. A process that takes too long (to start, to be heard again, to stop) is killed; its
 * end then arrives as `exited`, like any other.
 */
export type Lifecycle =
  | { mode: 'stopped' }
  | { mode: 'starting'; crashes: number; killAt: number }
  | { mode: 'ready'; crashes: number; since: number; heardAt: number }
  | { mode: 'stalled'; crashes: number; since: number; heardAt: number }
  | { mode: 'backing-off'; crashes: number; until: number }
  | { mode: 'crash-looping'; crashes: number; until: number }
  | { mode: 'stopping'; killAt: number };

export type Mode = Lifecycle['mode'];

export type LifecycleEvent =
  | { type: 'start' }
  | { type: 'ready' }
  | { type: 'heard' }
  /** `roll`: a random number in [0, 1) that places the restart within its back-off (full jitter). */
  | { type: 'exited'; roll: number }
  /**
   * `deafMs`: for how much of the time since the last tick silence says nothing of the process: one of the
   * two was starved.
   */
  | { type: 'tick'; deafMs: number }
  | { type: 'stop'; withinMs: number };

export type LifecycleEffect = { do: 'spawn' } | { do: 'ask-to-stop'; withinMs: number } | { do: 'kill' };

/** All in milliseconds, but for the count of crashes. */
export interface LifecyclePolicy {
  /** From the spawn to "ready". */
  startMs: number;
  /** Silence after which a ready process counts as stalled; `Infinity` for one that sends no heartbeats. */
  stallMs: number;
  /** Silence after which a stalled process is replaced. */
  replaceMs: number;
  /**
   * For each such time that it served, one earlier crash is forgotten: what ends now and then is soon there
   * again.
   */
  forgiveMs: number;
  /**
   * The first restart comes within `backoffMs`, each further one within twice the time of the one before …
   */
  backoffMs: number;
  /** … up to this. */
  backoffCapMs: number;
  /** This many crashes in a row are a crash loop. */
  crashLoopAfter: number;
}

export const defaultPolicy: LifecyclePolicy = {
  startMs: 30_000,
  stallMs: 500,
  replaceMs: 500,
  forgiveMs: 2_000,
  backoffMs: 50,
  backoffCapMs: 10_000,
  crashLoopAfter: 5,
};

export interface LifecycleStep {
  state: Lifecycle;
  effects: LifecycleEffect[];
}

export function step(
  state: Lifecycle,
  event: LifecycleEvent,
  now: number,
  policy: LifecyclePolicy,
): LifecycleStep {
  switch (event.type) {
    case 'start':
      return state.mode === 'stopped' ? spawn(0, now, policy) : quietly(state);
    case 'ready':
      if (state.mode !== 'starting') return quietly(state);
      return quietly({ mode: 'ready', crashes: state.crashes, since: now, heardAt: now });
    case 'heard':
      if (state.mode !== 'ready' && state.mode !== 'stalled') return quietly(state);
      return quietly({ ...state, mode: 'ready', heardAt: now });
    case 'exited':
      return exited(state, event.roll, now, policy);
    case 'tick':
      return tick(state, event.deafMs, now, policy);
    case 'stop':
      return stop(state, event.withinMs, now);
    default:
      return event satisfies never;
  }
}

function exited(state: Lifecycle, roll: number, now: number, policy: LifecyclePolicy): LifecycleStep {
  switch (state.mode) {
    case 'starting':
    case 'ready':
    case 'stalled': {
      const servedMs = state.mode === 'starting' ? 0 : now - state.since;
      const crashes = Math.max(0, state.crashes - Math.floor(servedMs / policy.forgiveMs)) + 1;
      const mostMs = ceilingMs({ firstMs: policy.backoffMs, mostMs: policy.backoffCapMs }, crashes);
      const mode = crashes >= policy.crashLoopAfter ? 'crash-looping' : 'backing-off';
      return quietly({ mode, crashes, until: now + roll * mostMs });
    }
    case 'stopping':
      return quietly({ mode: 'stopped' });
    case 'stopped':
    case 'backing-off':
    case 'crash-looping':
      return quietly(state);
    default:
      return state satisfies never;
  }
}

function tick(state: Lifecycle, deafMs: number, now: number, policy: LifecyclePolicy): LifecycleStep {
  switch (state.mode) {
    case 'starting':
    case 'stopping':
      return now >= state.killAt ? { state, effects: [{ do: 'kill' }] } : quietly(state);
    case 'ready':
    case 'stalled': {
      const heardAt = Math.min(now, state.heardAt + deafMs);
      const silentMs = now - heardAt;
      if (silentMs < policy.stallMs) return quietly({ ...state, mode: 'ready', heardAt });
      const effects: LifecycleEffect[] = silentMs >= policy.replaceMs ? [{ do: 'kill' }] : [];
      return { state: { ...state, mode: 'stalled', heardAt }, effects };
    }
    case 'backing-off':
    case 'crash-looping':
      return now >= state.until ? spawn(state.crashes, now, policy) : quietly(state);
    case 'stopped':
      return quietly(state);
    default:
      return state satisfies never;
  }
}

function stop(state: Lifecycle, withinMs: number, now: number): LifecycleStep {
  switch (state.mode) {
    case 'starting':
    case 'ready':
    case 'stalled':
      return {
        state: { mode: 'stopping', killAt: now + withinMs },
        effects: [{ do: 'ask-to-stop', withinMs }],
      };
    case 'backing-off':
    case 'crash-looping':
      return quietly({ mode: 'stopped' });
    case 'stopping':
      return quietly({ mode: 'stopping', killAt: Math.min(state.killAt, now + withinMs) });
    case 'stopped':
      return quietly(state);
    default:
      return state satisfies never;
  }
}

function spawn(crashes: number, now: number, policy: LifecyclePolicy): LifecycleStep {
  return { state: { mode: 'starting', crashes, killAt: now + policy.startMs }, effects: [{ do: 'spawn' }] };
}

function quietly(state: Lifecycle): LifecycleStep {
  return { state, effects: [] };
}
