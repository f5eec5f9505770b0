import { allowedAway } from '../budget.ts';
import { begin, isOver, type Restart, type RestartPolicy, type Sight } from '../restart.ts';
import { step } from '../step.ts';

/** Chances in [0, 1). */
export interface Troubles {
  /** That a serving instance crashes, at each tick. */
  crash: number;
  /** That a started instance never comes up. */
  neverServes: number;
  /** That one that serves is not healthy, at each sight. */
  unhealthy: number;
  /** That an order of the governor is lost. */
  lostOrder: number;
  /** That the governor dies, and goes on from what it had written down, at each tick. */
  amnesia: number;
}

export const noTroubles: Troubles = { crash: 0, neverServes: 0, unhealthy: 0, lostOrder: 0, amnesia: 0 };

/** Numbers in [0, 1) that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Instance {
  name: string;
  pool: string;
  state: Sight['state'];
  startedAt: number;
  /** When what it is doing is over. */
  until: number;
}

export interface WorldOptions {
  pools: readonly { pool: string; size: number; phase: number }[];
  policy: RestartPolicy;
  random: () => number;
  troubles: Troubles;
  tickMs: number;
}

export interface Outcome {
  restart: Restart;
  seconds: number;
  /** Each time the governor took an instance of its own accord although the budget had no room. */
  exceeded: string[];
  mostStartsInASecond: number;
  mostAway: number;
  waves: number[];
  instances: readonly Instance[];
}

/**
 * Restarts everything in a world of simulated instances, to its end. The oracle counts for itself what is
 * away.
 */
export function restartWorld({ pools, policy, random, troubles, tickMs }: WorldOptions): Outcome {
  const happens = (chance: number) => chance > 0 && random() < chance;
  let now = 1_000_000;
  const instances = pools.flatMap(({ pool, size }) =>
    Array.from(
      { length: size },
      (_, index): Instance => ({
        name: `${pool}-${index + 1}`,
        pool,
        state: 'serving',
        startedAt: 0,
        until: Infinity,
      }),
    ),
  );
  const byName = new Map(instances.map((one) => [one.name, one]));
  const phases = new Map(pools.map(({ pool, phase }) => [pool, phase]));
  const sights = (): Sight[] =>
    instances.map(({ name, pool, state, startedAt }) => ({
      name,
      pool,
      state,
      startedAt,
      health: state === 'serving' && !happens(troubles.unhealthy) ? 'good' : 'bad',
    }));
  const targets = instances.map(({ name, pool }) => ({ name, pool, phase: phases.get(pool) ?? 0 }));
  let restart = begin({ id: 'r', reason: 'test', targets }, sights(), now, policy, random);
  const outcome = { exceeded: [] as string[], mostStartsInASecond: 0, mostAway: 0, waves: [] as number[] };
  const starts: number[] = [];
  const start = (one: Instance) => {
    one.state = 'away';
    one.startedAt = now;
    one.until = happens(troubles.neverServes) ? Infinity : now + 200 + random() * 2_000;
  };
  while (!isOver(restart)) {
    now += tickMs;
    for (const one of instances) {
      if (one.state === 'serving' && happens(troubles.crash)) start(one);
      if (now < one.until) continue;
      one.until = Infinity;
      one.state = one.startedAt === DRAINING ? 'stopped' : 'serving';
    }
    if (happens(troubles.amnesia)) restart = JSON.parse(JSON.stringify(restart));
    const seen = sights();
    const after = step(restart, { type: 'seen', fleet: seen }, now, policy);
    if (after.state.wave.number !== restart.wave.number) outcome.waves.push(after.state.wave.size);
    restart = after.state;
    for (const effect of after.effects) {
      const one = byName.get(effect.name);
      if (one === undefined || happens(troubles.lostOrder)) continue;
      if (effect.do === 'start') {
        starts.push(now);
        start(one);
      } else if (one.state === 'serving') {
        const peers = instances.filter(({ pool }) => pool === one.pool);
        const away = 1 + peers.filter(({ state }) => state !== 'serving').length;
        outcome.mostAway = Math.max(outcome.mostAway, away);
        if (away > allowedAway(peers.length, policy.awayShare))
          outcome.exceeded.push(`${one.name} at ${now}`);
        one.state = 'away';
        one.startedAt = DRAINING;
        one.until = now + random() * 1_500;
      }
    }
    const within = starts.filter((at) => now - at < 1_000).length;
    outcome.mostStartsInASecond = Math.max(outcome.mostStartsInASecond, within);
    while ((starts[0] ?? now) <= now - 1_000) starts.shift();
    if (now > 1_000_000 + 2 * policy.totalMs) throw new Error('the restart does not end');
  }
  return { restart, seconds: (now - 1_000_000) / 1_000, ...outcome, instances };
}

/** In the place of a start: this one is on its way out. */
const DRAINING = -1;
