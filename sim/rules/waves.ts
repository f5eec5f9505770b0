import { type Endings, NO_ENDINGS, plusEndings } from '../../src/rollout/gate/endings.ts';
import { tally } from '../../src/rollout/gate/gate.ts';
import type { Freeze, RolloutEffect } from '../../src/rollout/machine/state.ts';
import { SWITCH_LATE_MS } from '../../src/rollout/plan/switch-policy.ts';
import { feltIn } from '../events/behaviour.ts';
import { type Seen, short } from '../seen.ts';
import { APPROVERS } from '../world/releases.ts';
import { byName, type Rule, type Setup } from './rule.ts';

/** How things ended, by the release that they ended with. */
type EndedWith = ReadonlyMap<string | null, Endings>;
type Decision = Seen & { type: 'decided' };

const FORWARD = ['wave', 'bake', 'rest'];
/** Control's own processes differ in their clocks, and a report may be a turn and a write old. */
const CLOCKS_MS = 250;

/**
 * How things end that nobody here failed is compared with how they end without the release. Of a class of
 * which fewer ended so than this, before the first wave and since, nothing is known
 * (`docs/explanation/gate.md`): it may be that what is in force fails all of it.
 */
const ENOUGH_TO_COMPARE = 20;
const BEFORE_MS = 120_000;

/** R3: wave after wave, each on evidence that really arrived. */
export function waveRule({ settings, members }: Setup): Rule {
  const { policy } = settings.control;
  const target = new Set(
    members.filter(({ environment }) => environment === 'production').map(({ instance }) => instance),
  );
  const live = new Map<string, { hash: string | null; since: number }>();
  const newAccount = () => ({
    rules: policy,
    onlyRules: false,
    opened: new Set<string>(),
    /** `undefined`: the store was put back, and tells by itself which it was. */
    lastWave: -1 as number | undefined,
    openedAt: 0,
    heardBefore: 0,
    confirmed: false,
    bad: false,
    hash: '',
    /**
     * The class of endings in which it shows, where it shows in nothing else; and how many of it ended
     * without it.
     */
    feltIn: undefined as string | undefined,
    compared: 0,
    approvals: 0,
    urgent: 0,
    switches: false,
  });
  const accounts = new Map<string, ReturnType<typeof newAccount>>();
  const rollouts = (id: string) => {
    const known = accounts.get(id) ?? newAccount();
    accounts.set(id, known);
    return known;
  };
  const heardOf = byName(() => ({ good: 0 }));
  /** The latest reports to each leader in its term. */
  const toldTo = byName(() => ({ endings: [] as { at: number; ended: EndedWith }[] }));
  const notComparable = ({ feltIn, compared }: ReturnType<typeof newAccount>) =>
    feltIn !== undefined && compared < ENOUGH_TO_COMPARE;
  let freezes: { readonly list: readonly Freeze[]; readonly since: number } = { list: [], since: 0 };
  let liars = 0;

  function evidence({ before, after }: Decision, wave: number, now: number): string | undefined {
    const criteria = after.waves[wave]?.criteria;
    if (criteria === undefined) return `${after.id} goes on from wave ${wave + 1}, which it has not`;
    const it = rollouts(after.id);
    const having = (after.waves[wave]?.instances ?? []).filter((name) => {
      const served = live.get(name);
      // Who takes a switch late keeps nobody waiting.
      const isLate =
        it.switches && served !== undefined && served.since > it.openedAt + SWITCH_LATE_MS - CLOCKS_MS;
      return served?.hash === after.hash && !isLate;
    });
    const latest = Math.max(it.openedAt, ...having.map((name) => live.get(name)?.since ?? 0));
    if (now - latest < criteria.minMs - CLOCKS_MS) {
      return `${after.id} goes on ${now - latest} ms after wave ${wave + 1} had it, where ${criteria.minMs} are asked for`;
    }
    // What nobody but control reads shows nothing, and waits for time alone.
    if (it.onlyRules) return undefined;
    // A switch refuses by purpose: facts and time judge it, statistics do not.
    if (it.switches) return undefined;
    const needed = Math.log(1 / criteria.missChance) / -Math.log(1 - criteria.excessBadRate);
    const heard = heardOf(after.hash).good - it.heardBefore;
    if (heard >= Math.floor(needed)) return undefined;
    return `${before.id} goes on from wave ${wave + 1} on ${heard} good outcomes that arrived, where ${Math.ceil(needed)} are needed`;
  }

  function opening(
    decision: Decision,
    wave: number,
    offered: readonly string[],
    now: number,
  ): string | undefined {
    const { before, after } = decision;
    const it = rollouts(after.id);
    const { phase } = before;
    const stored = phase.at === 'waiting' ? phase.next - 1 : -1;
    const last = 'wave' in phase ? phase.wave : (it.lastWave ?? stored);
    if (wave > 0 && wave !== last + 1) return `${after.id} goes from wave ${last + 1} to wave ${wave + 1}`;
    const { rules, onlyRules } = it;
    const first = after.breakGlass || onlyRules ? 1 : rules.waves.firstWave;
    if (wave === 0 && offered.length > first) return `the first wave of ${after.id} is of ${offered.length}`;
    const people = after.breakGlass ? it.urgent : it.approvals;
    // All there are may let rules be mended that ask for more people than there are.
    const asked = onlyRules ? Math.min(rules.people, APPROVERS.length) : rules.people;
    const wanted = after.breakGlass ? Math.max(1, asked) : asked;
    if (people < wanted && !it.switches) return `${after.id} opens with ${people} of ${wanted} approvals`;
    const frozen = freezes.list.find(({ from, to }) => from <= now - CLOCKS_MS && now + CLOCKS_MS < to);
    if (frozen !== undefined && freezes.since < now - 2_000 && !after.breakGlass && !it.switches)
      return `${after.id} opens a wave in ${frozen.id}`;
    if (wave === 0) return undefined;
    if (rules.confirmWaves && !after.breakGlass && !it.switches && !it.confirmed)
      return `${after.id} opens wave ${wave + 1} with nobody’s word`;
    // What waits for a person or a freeze has shown its evidence before.
    return before.phase.at === 'waiting' ? undefined : evidence(decision, wave - 1, now);
  }

  function compare(it: ReturnType<typeof newAccount>, ended: EndedWith): void {
    for (const [hash, endings] of ended) if (hash !== it.hash) it.compared += endings[it.feltIn ?? ''] ?? 0;
  }

  function decided(decision: Decision, now: number): string | undefined {
    const { before, after, effects, stored } = decision;
    if (!stored) return undefined;
    const it = rollouts(after.id);
    const offered = targets(effects, 'offer').filter((name) => target.has(name));
    const [from, to] = [before.phase, after.phase];
    const wave = 'wave' in to ? to.wave : undefined;
    const opens = wave !== undefined && !('wave' in from && from.wave === wave);
    const fault = opens ? opening(decision, wave, offered, now) : undefined;
    if (fault !== undefined) return fault;
    const leaving = 'wave' in from ? from.wave : undefined;
    const judged = leaving !== undefined && from.at !== to.at && (to.at === 'waiting' || to.at === 'proved');
    const weak = judged ? evidence(decision, leaving, now) : undefined;
    if (weak !== undefined) return weak;
    if (to.at === 'proved' && from.at !== 'proved' && it.bad && liars === 0 && !notComparable(it))
      return `${after.id} is proved, and is bad`;
    if (opens && wave === 0) {
      const before = toldTo(decision.control).endings.filter(({ at }) => now - at <= BEFORE_MS);
      for (const { ended } of before) compare(it, ended);
    }
    if (opens) Object.assign(it, { openedAt: now, heardBefore: heardOf(after.hash).good, confirmed: false });
    if (wave !== undefined) it.lastWave = wave;
    if (wave !== undefined)
      it.opened = new Set(after.waves.slice(0, wave + 1).flatMap(({ instances }) => instances));
    const stranger = offered.find((name) => !it.opened.has(name) && to.at !== 'proved');
    if (stranger !== undefined) return `${stranger} is offered ${after.id} before its wave`;
    const forward = FORWARD.includes(to.at) || to.at === 'waiting' || to.at === 'proved';
    return offered.length > 0 && !forward
      ? `${after.id} is ${to.at}, and offered to ${offered[0]}`
      : undefined;
  }

  return {
    id: 'R3',
    demands:
      'production is reached wave by wave, each opened on evidence of health, approved, and in no freeze',
    look(seen, now) {
      switch (seen.type) {
        case 'restored':
          // A rollout goes on from an earlier wave, on the evidence that it had then.
          for (const it of accounts.values())
            Object.assign(it, { openedAt: 0, heardBefore: 0, lastWave: undefined });
          return undefined;
        case 'serves':
          live.set(seen.instance, { hash: seen.hash, since: now });
          return undefined;
        case 'lies':
          liars += 1;
          return undefined;
        case 'release':
          Object.assign(rollouts(seen.rollout), {
            bad: seen.production.neverProvable,
            hash: seen.release.hash,
            feltIn: feltIn[seen.name],
            rules: seen.rules,
            onlyRules: seen.onlyRules,
            switches: seen.switches,
          });
          return undefined;
        case 'approved':
          if (seen.breakGlass) rollouts(seen.rollout).urgent += 1;
          else rollouts(seen.rollout).approvals += 1;
          return undefined;
        case 'confirmed':
          rollouts(seen.rollout).confirmed = true;
          return undefined;
        case 'freezes':
          freezes = { list: seen.freezes, since: now };
          return undefined;
        case 'leads':
          toldTo(seen.control).endings = [];
          return undefined;
        case 'heard': {
          const told = toldTo(seen.control);
          const ended = new Map<string | null, Endings>();
          for (const { hash, live: requests, probes, instance, endings = NO_ENDINGS } of seen.reports) {
            if (!target.has(instance)) continue;
            if (hash !== null) heardOf(hash).good += tally(requests).good + tally(probes).good;
            ended.set(hash, plusEndings(ended.get(hash) ?? NO_ENDINGS, endings));
          }
          told.endings = [...told.endings.filter(({ at }) => now - at <= BEFORE_MS), { at: now, ended }];
          for (const it of accounts.values()) if (it.opened.size > 0) compare(it, ended);
          return undefined;
        }
        case 'decided':
          return decided(seen, now);
        default:
          return undefined;
      }
    },
  };
}

/** R10: nothing goes on while somebody who has the release is silent. */
export function silenceRule({ settings }: Setup): Rule {
  const { silentMs } = settings.control.policy.gate.facts;
  const heard = byName(() => new Map<string, number>());
  const leading = new Map<string, number>();
  const switches = new Set<string>();
  return {
    id: 'R10',
    demands: 'no wave opens, and nothing is proved, while an instance that has the release is silent',
    look(seen, now) {
      if (seen.type === 'release' && seen.switches) switches.add(seen.rollout);
      if (seen.type === 'leads') leading.set(seen.control, now);
      if (seen.type === 'heard') for (const name of seen.instances) heard(seen.control).set(name, now);
      if (seen.type !== 'decided' || !seen.stored) return undefined;
      const { before, after, control } = seen;
      const opens =
        'wave' in after.phase && (!('wave' in before.phase) || before.phase.wave !== after.phase.wave);
      const proves = targets(seen.effects, 'prove').length > 0 && before.phase.at !== 'proved';
      // A switch is pulled because something is sick. It opens on nothing but that who has it in production
      // is heard, and is proved by time.
      const isSwitch = switches.has(after.id);
      if (!opens && (!proves || isSwitch)) return undefined;
      const had = Object.entries(before.instances).filter(([, { has, environment }]) =>
        isSwitch ? has === 'lent' && environment === 'target' : ['lent', 'proving', 'proved'].includes(has),
      );
      // A new leader gives everybody the time to find it; a write takes up to a second.
      const since = (leading.get(control) ?? 0) + settings.control.gatherMs + 1_000;
      for (const [name] of had) {
        const last = Math.max(heard(control).get(name) ?? 0, since);
        if (now - last > silentMs + 1_500) {
          return `${after.id} (${short(after.hash)}) goes on, and ${name} has been silent for ${now - last} ms`;
        }
      }
      return undefined;
    },
  };
}

/** Whom a turn says this to in the end; of several words to one instance the last is sent. */
function targets(effects: readonly RolloutEffect[], type: 'offer' | 'prove'): string[] {
  const last = new Map<string, RolloutEffect['type']>();
  for (const effect of effects) {
    if (effect.type === 'offer' || effect.type === 'prove' || effect.type === 'undo')
      last.set(effect.instance, effect.type);
  }
  return [...last].flatMap(([instance, what]) => (what === type ? [instance] : []));
}
