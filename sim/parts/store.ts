import type { Release } from '../../src/config/release.ts';
import { type Adopting, adoptedState, believedApprovals } from '../../src/control/agreement/adopt.ts';
import type { Decided } from '../../src/control/leader/decide.ts';
import type { Assignment, Ordered } from '../../src/control/store/assignments.ts';
import type { Command } from '../../src/control/store/commands.ts';
import type { Acknowledgement } from '../../src/control/store/instances.ts';
import type { Fate } from '../../src/control/store/rollouts.ts';
import type { Past } from '../../src/control/undo/way-back.ts';
import type { AfterProof } from '../../src/rollout/alarm/after-proof.ts';
import { isBackward, isFinished } from '../../src/rollout/machine/phases.ts';
import type { Freeze, RolloutState } from '../../src/rollout/machine/state.ts';
import type { Approval } from '../../src/rollout/signed/approval.ts';
import type { Receipt } from '../../src/rollout/signed/receipt.ts';
import type { Signed } from '../../src/rollout/signed/signed.ts';
import type { Cores } from './cores.ts';

const BACKWARD = ['rolling_back', 'rolled_back'];

export interface StoredRollout {
  readonly state: RolloutState;
  readonly version: number;
  readonly backTo: string | null;
  readonly release: Release;
  readonly number: number;
}

export interface Writing {
  readonly fence: number;
  readonly now: number;
  readonly decided: Decided;
  readonly heard: readonly Acknowledgement[];
  readonly adopting: Pick<Adopting, 'keys' | 'verify' | 'policy'>;
}

/**
 * What control has in PostgreSQL, as its statements keep it: one leader's row with a fence, rollouts by
 * compare and set, the last word for each instance, receipts and approvals. Nothing of it is lost; it may
 * only be out of reach.
 */
export function createStore(cores: Cores) {
  const rollouts = new Map<string, StoredRollout>();
  const words = new Map<string, Ordered>();
  const acknowledged = new Map<string, Acknowledgement>();
  const commands = new Map<string, Command>();
  const done = new Set<string>();
  /** When each that went back took its last step. */
  const leftAt = new Map<string, number>();
  const receipts: Signed<Receipt>[] = [];
  const approvals: Signed<Approval>[] = [];
  let leader = { holder: '', fence: 0, until: 0 };
  let current: string | null = null;
  let order = 0;
  let epoch = 1;
  let judgement: AfterProof | undefined;

  const newest = (of: readonly StoredRollout[]) => of.toSorted((a, b) => b.number - a.number)[0];

  function mayOffer({ environment, hash }: Assignment, now: number): boolean {
    if (!cores.storeWantsReceipts || environment === 'testing') return true;
    return receipts.some(
      ({ body }) =>
        body.hash === hash &&
        body.verdict === 'passed' &&
        body.environment === 'testing' &&
        body.expiresAt > now,
    );
  }

  /** What was undone itself is not come back to; see `takeBackCurrent`. */
  function provedBefore(hash: string | null, id: string): string | null {
    const others = [...rollouts.values()].filter(({ state }) => state.hash === hash && state.id !== id);
    const proved = newest(others.filter(({ state }) => state.phase.at === 'proved'));
    const undone = newest(others.filter(({ state }) => BACKWARD.includes(state.phase.at)));
    if (proved !== undefined || undone === undefined) return proved?.state.id ?? null;
    return provedBefore(undone.backTo ?? undone.state.undoTo, id);
  }

  function follow(before: RolloutState, after: RolloutState, backTo: string | null, now: number): void {
    const { at } = after.phase;
    if (at === before.phase.at) return;
    if (isBackward(at)) leftAt.set(after.id, now);
    if (at === 'proved') current = after.id;
    if ((at === 'rolling_back' || at === 'rolled_back') && current === after.id) {
      current = provedBefore(backTo ?? after.undoTo, after.id);
    }
  }

  return {
    away: false,
    freezes: [] as readonly Freeze[],
    rollouts,
    words,
    acknowledged,
    leftAt,
    get leader() {
      return leader;
    },
    /** How the release in force is judged, as the last leader wrote it. */
    get judgement() {
      return judgement;
    },
    /** The rollout whose release is in force; `null`: what is built in. */
    get current() {
      return current;
    },
    campaign(holder: string, termMs: number, now: number): number | undefined {
      if (leader.holder !== holder && leader.until > now) return undefined;
      const goesOn = leader.holder === holder && leader.until > now;
      const fence = goesOn ? leader.fence : cores.nextFence(leader.fence, now);
      leader = { holder, fence, until: now + termMs };
      return leader.fence;
    },
    insert(state: RolloutState, release: Release): void {
      rollouts.set(state.id, { state, release, version: 1, backTo: null, number: rollouts.size });
    },
    /** It is in force; `approvedBy`: as its offers say it. */
    begin(state: RolloutState, release: Release, approvedBy: readonly Signed<Approval>[]): void {
      this.insert(state, release);
      approvals.push(...approvedBy);
      current = state.id;
    },
    approve(by: readonly Signed<Approval>[]): void {
      approvals.push(...by);
    },
    command(command: Command): void {
      if (!done.has(command.id)) commands.set(command.id, command);
    },
    openCommands: (): Command[] => [...commands.values()],
    isDone: (command: string) => done.has(command),
    /** What became of each release; see `readPast`. */
    past: (): Past[] =>
      [...rollouts.values()].map(({ release, state, backTo }) => ({
        sequence: release.sequence,
        hash: state.hash,
        parent: state.undoTo,
        phase: state.phase.at,
        backTo,
        current: state.id === current,
      })),
    proofsOf: (id: string, hash: string, now: number) => ({
      approvals: approvals.filter(({ body }) => body.rollout === id),
      receipts: lastOfEach(receipts.filter(({ body }) => body.hash === hash && body.expiresAt > now)),
    }),
    /** What the leader has to step; see `activeRollouts`. */
    active(served: ReadonlySet<string>): StoredRollout[] {
      const all = [...rollouts.values()];
      const underWay = all.filter(({ state }) => !isFinished(state.phase.at));
      const busy = underWay.some(({ state }) => state.phase.at !== 'draft');
      const inForce = rollouts.get(current ?? '')?.state.hash;
      return all.filter(({ number, state: { id, hash, phase } }) => {
        if (!isFinished(phase.at)) return true;
        if (busy) return false;
        const since = (number: number) =>
          all.some(
            (each) => each.number > number && each.state.hash === hash && each.state.phase.at === 'proved',
          );
        if (id === current) return true;
        return phase.at === 'rolled_back' && served.has(hash) && hash !== inForce && !since(number);
      });
    },
    /** One transaction. `undefined`: somebody else leads, or wrote. */
    write(
      { fence, now, decided, heard, adopting }: Writing,
      wanted: readonly Assignment[],
    ): Ordered[] | undefined {
      const stale = decided.steps.some(({ active }) => rollouts.get(active.id)?.version !== active.version);
      if (cores.storeFences && (leader.fence !== fence || stale)) return undefined;
      for (const { active, folded, backTo } of decided.steps) {
        const stored = rollouts.get(active.id);
        if (stored === undefined) continue;
        rollouts.set(active.id, { ...stored, state: folded.state, backTo, version: stored.version + 1 });
        follow(active.state, folded.state, backTo, now);
      }
      const { raiseTo, adopt } = decided.agreed;
      if (raiseTo !== null) {
        order = Math.max(order, raiseTo);
        epoch += 1;
      }
      if (adopt !== null) {
        const { release, vouch } = adopt.shown;
        const id = rollouts.has(vouch.rollout) ? `${vouch.rollout}-e${epoch}` : vouch.rollout;
        const approvedBy = id === vouch.rollout ? believedApprovals(adopt, adopting) : [];
        this.begin(adoptedState(adopt, { id, policy: adopting.policy, now }), release, approvedBy);
      }
      // Through JSON, as the store has it; which process was started when is in the memory of its leader
      // alone.
      judgement = JSON.parse(JSON.stringify({ ...decided.judged.state, boots: {} }));
      receipts.push(...decided.receipts);
      approvals.push(...decided.approvals);
      const assigned = wanted
        .filter((each) => each.action !== 'offer' || mayOffer(each, now))
        .map((each): Ordered => ({ ...each, order: ++order }));
      for (const each of assigned) words.set(each.instance, each);
      for (const { command } of decided.commands) {
        commands.delete(command.id);
        done.add(command.id);
      }
      for (const each of heard) acknowledged.set(each.instance, each);
      return assigned;
    },
    nextOrder: () => ++order,
    get order() {
      return order;
    },
    get epoch() {
      return epoch;
    },
    /** Of the releases that somebody serves with, those that are known; see `fatesOf`. */
    fates(served: ReadonlySet<string>): Map<string, Fate> {
      const known = [...rollouts.values()].filter(({ state }) => served.has(state.hash));
      const proved = known.filter(({ state }) => state.phase.at === 'proved');
      return new Map([
        ...known.map(({ state }) => [state.hash, 'not_proved'] as const),
        ...proved.map(({ state }) => [state.hash, 'proved'] as const),
      ]);
    },
    /** As it stands now; what it returns puts it back to that, whatever has come since. */
    backup(): () => void {
      const kept = {
        rollouts: [...rollouts],
        words: [...words],
        acknowledged: [...acknowledged],
        commands: [...commands],
        done: [...done],
        receipts: [...receipts],
        approvals: [...approvals],
      };
      const was = { leader, current, order, epoch, judgement };
      const put = <Key, Value>(map: Map<Key, Value>, entries: readonly [Key, Value][]) => {
        map.clear();
        for (const [key, value] of entries) map.set(key, value);
      };
      return () => {
        put(rollouts, kept.rollouts);
        put(words, kept.words);
        put(acknowledged, kept.acknowledged);
        put(commands, kept.commands);
        done.clear();
        for (const id of kept.done) done.add(id);
        receipts.splice(0, receipts.length, ...kept.receipts);
        approvals.splice(0, approvals.length, ...kept.approvals);
        ({ leader, current, order, epoch, judgement } = was);
      };
    },
  };
}

/** What each instance said last of a release: a later word takes the place of an earlier one. */
export function lastOfEach(receipts: readonly Signed<Receipt>[]): Signed<Receipt>[] {
  return [...new Map(receipts.map((each) => [each.body.instance, each])).values()];
}

export type Store = ReturnType<typeof createStore>;
