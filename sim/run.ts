import { isFinished } from '../src/rollout/machine/phases.ts';
import { createChance } from './chance.ts';
import type { BehaviourName } from './events/behaviour.ts';
import { healAll, type Roughness, unleash } from './events/chaos.ts';
import { feel } from './events/felt.ts';
import { turnBadLate } from './events/late.ts';
import { bring, type Often } from './events/often.ts';
import { changeRules, doorOpens, impossibleRules } from './events/rules-change.ts';
import { makeTrouble } from './events/trouble.ts';
import { type Cores, realCores } from './parts/cores.ts';
import { allRules } from './rules/all.ts';
import type { Rule } from './rules/rule.ts';
import { type Seen, short, storyOf } from './seen.ts';
import { START } from './world/releases.ts';
import { createWorld, type World } from './world.ts';

export interface Violation {
  readonly rule: string;
  readonly demands: string;
  readonly fault: string;
  /** ms since the start. */
  readonly at: number;
}

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly instances: number;
  readonly roughness: Roughness;
  /** The last things that happened, as lines. */
  readonly story: readonly string[];
  readonly virtualMs: number;
  readonly events: number;
  /** How the rollouts ended. */
  readonly ends: Readonly<Record<string, number>>;
}

export interface RunOptions {
  readonly seed: number;
  /** Of production; left to the seed otherwise. */
  readonly instances?: number;
  readonly cores?: Cores;
  /** What every release that is pushed does; left to the seed otherwise. */
  readonly release?: BehaviourName;
  /**
   * Whether people undo as they do in trouble: twice, two at once, while the store hangs; left to the seed
   * otherwise.
   */
  readonly trouble?: boolean;
  /** Whether people change how changes travel; left to the seed otherwise. */
  readonly rules?: boolean;
  /** Whether proved releases turn bad; left to the seed otherwise. */
  readonly late?: boolean;
  /** Whether releases come that are only felt, and switches are pulled; left to the seed otherwise. */
  readonly felt?: boolean;
  /** What comes more often than chance brings it. */
  readonly often?: Often;
  /** Every line of the story as it happens. */
  readonly tell?: (line: string) => void;
}

const STORY_LINES = 40;
/** R18: from the last fault, and the end of what was under way, to one release everywhere. */
const AGREE_MS = 30_000;
const TROUBLE_EVERY = 4;
/** No seed of them is one of the large ones. */
const RULES_EVERY = 7;
const LATE_EVERY = 5;
const FELT_EVERY = 4;
/** Long enough for every deadline of a rollout that is still under way, one after another. */
const LIVENESS_MS = 900_000;

/**
 * One run: faults while the rules are judged, then everything healed while progress is demanded. The same for
 * the same seed.
 */
export async function run({ seed, cores = realCores, ...options }: RunOptions): Promise<Outcome> {
  const chance = createChance(seed);
  const instances = options.instances ?? chance.whole(2, 14);
  const large = instances > 100;
  const story: string[] = [];
  let rules: readonly Rule[] = [];
  let violation: Violation | undefined;
  let events = 0;

  const look = (seen: Seen, now: number): void => {
    events += 1;
    const text = storyOf(seen);
    if (text !== undefined) {
      const line = `${((now - START) / 1_000).toFixed(3).padStart(9)} s  ${text}`;
      story.push(line);
      if (story.length > STORY_LINES) story.shift();
      options.tell?.(line);
    }
    for (const { id, demands, look: judge } of rules) {
      const fault = violation === undefined ? judge(seen, now) : undefined;
      if (fault !== undefined) violation = { rule: id, demands, fault, at: now - START };
    }
  };
  const hasRules = options.rules ?? (!large && seed % RULES_EVERY === 0);
  // Out of numbers of their own: the other seeds are what they were.
  const rulesChance = createChance(seed + 2_000_000);
  const isLocked = hasRules && rulesChance.happens(0.5);
  const world = createWorld({
    ...(isLocked && { rules: impossibleRules(rulesChance) }),
    instances,
    cells: chance.whole(1, large ? 2 : 3),
    testing: chance.whole(1, 3),
    confirmWaves: chance.happens(0.1),
    chance,
    endings: createChance(seed + 4_000_000),
    cores,
    see: (now) => (seen) => look(seen, now),
  });
  const { clock, settings, members, first } = world;
  rules = allRules({ settings, members, first: first.hash });
  const broken = () => violation !== undefined;
  // What a restored store has forgotten is left at the end of its lease, which rules can make so long.
  const agreeMs = AGREE_MS + (hasRules ? settings.limits.maxLeaseMs : 0);
  const safetyMs = large ? 120_000 : chance.between(60_000, 240_000);
  const roughness = unleash(world, chance, safetyMs, options.release);
  if (hasRules) changeRules(world, rulesChance, safetyMs);
  if (options.trouble ?? seed % TROUBLE_EVERY === 0)
    makeTrouble(world, createChance(seed + 1_000_000), safetyMs);
  if (options.late ?? seed % LATE_EVERY === 0) turnBadLate(world, createChance(seed + 2_000_000), safetyMs);
  if (options.felt ?? seed % FELT_EVERY === 2) feel(world, createChance(seed + 3_000_000), safetyMs);
  if (options.often !== undefined) bring(options.often, world, createChance(seed + 5_000_000), safetyMs);
  await clock.run(START + safetyMs, broken);
  if (!broken()) {
    healAll(world);
    const until = clock.now + LIVENESS_MS;
    let open = underWay(world);
    let since = clock.now;
    for (let calm = 0; calm < 3 && clock.now < until && !broken(); ) {
      await clock.run(clock.now + 2_000, broken);
      open = underWay(world);
      const differing = differs(world);
      calm = (open ?? differing) ? 0 : calm + 1;
      if (open !== undefined) since = clock.now;
      else if (differing !== undefined && clock.now - since > agreeMs && !broken()) {
        const demands = `control and fleet agree within ${agreeMs / 1_000} s after the last fault and the end of the last rollout`;
        violation = { rule: 'R18', demands, fault: differing, at: clock.now - START };
      }
    }
    if (!broken() && open !== undefined) {
      const demands = 'once everything is healed, every rollout ends';
      violation = { rule: 'liveness', demands, fault: open, at: clock.now - START };
    }
    const shut = hasRules && !broken() ? await doorOpens(world, isLocked, broken) : undefined;
    if (shut !== undefined && !broken()) {
      const demands =
        'no rules come into force that no release could pass, and a repair of the rules always can';
      violation = { rule: 'rules', demands, fault: shut, at: clock.now - START };
    }
  }
  const ends: Record<string, number> = {};
  for (const { state } of world.store.rollouts.values())
    ends[state.phase.at] = (ends[state.phase.at] ?? 0) + 1;
  return { seed, violation, instances, roughness, story, virtualMs: clock.now - START, events, ends };
}

/** A rollout that has not ended; `undefined`: none. */
function underWay({ store }: World): string | undefined {
  for (const { state } of store.rollouts.values()) {
    if (!isFinished(state.phase.at)) return `${state.id} is ${state.phase.at}`;
  }
  return undefined;
}

/** An instance that serves with another release than the one in force; `undefined`: none. */
function differs({ store, servers }: World): string | undefined {
  const wanted = store.rollouts.get(store.current ?? '')?.state.hash ?? null;
  for (const { name, gone, live, state } of servers.values()) {
    if (gone) continue;
    // R9 is stronger: what does not boot is not gone back to, and stays away until people push something
    // else.
    const passedOver = (state?.memory.failedBoots[wanted ?? ''] ?? 0) > 0;
    if ((live !== undefined && live.hash === wanted) || passedOver) continue;
    return `${name} serves ${live === undefined ? 'nothing' : short(live.hash)}, and ${short(wanted)} is in force`;
  }
  return undefined;
}
