import { adoptedState, believedApprovals } from '../../../src/control/agreement/adopt.ts';
import { Deposed, type ElectionStore } from '../../../src/control/leader/election.ts';
import type { Decision, LeaderStore } from '../../../src/control/leader/ports.ts';
import { inForceAfter, wantedBy } from '../../../src/control/leader/turn/wanted-assignments.ts';
import type { Assignment, Ordered } from '../../../src/control/store/assignments.ts';
import { StaleRollout, type StoredRollout } from '../../../src/control/store/rollouts.ts';
import { type Standing, standingOf } from '../../../src/control/undo/candidates.ts';
import type { AfterProof } from '../../../src/rollout/alarm/after-proof.ts';
import { isFinished } from '../../../src/rollout/machine/phases.ts';
import type { RolloutState } from '../../../src/rollout/machine/state.ts';
import type { Cores } from '../cores.ts';
import type { KeptRollout, Store } from './store.ts';

/** A port that answers at once, and throws where the real one rejects. */
export type Immediate<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : never;
};

/** The port that the leader is given: each operation is asked in some way that takes time, and may fail. */
export function through<Port extends object>(
  port: Immediate<Port>,
  ask: (what: () => unknown) => Promise<unknown>,
): Port {
  const operations = Object.entries<(...args: unknown[]) => unknown>({ ...port });
  const asked = operations.map(([name, what]): [string, unknown] => [
    name,
    (...args: unknown[]) => ask(() => what(...args)),
  ]);
  return Object.fromEntries(asked) as Port;
}

const LATELY_MS = 600_000;
const MOST_ENDED = 20;
const MOST_COMMANDS = 100;
/** Ways back that people name may lead in a circle. */
const LONGEST_WAY_BACK = 100;

/**
 * The leader's and the election's statements on the simulated store. What they do is what the statements of
 * `src/control/leader/sql/` do; `leader-store.test.ts` holds both to the same.
 */
export function createLeaderStore(
  store: Store,
  { service, cores, now }: { service: string; cores: Cores; now: () => number },
) {
  const { rollouts, words, acknowledged, instances, commands, done, receipts } = store;

  function assertLeads(fence: number): void {
    const current = store.leader.fence;
    if (cores.storeFences && current !== fence)
      throw new Deposed(`the term ${fence} is over: ${current} leads now`);
  }

  function mayOffer({ environment, hash }: Assignment, at: number): boolean {
    if (!cores.storeWantsReceipts || environment === 'testing') return true;
    return receipts.some(
      ({ body }) =>
        body.hash === hash &&
        body.verdict === 'passed' &&
        body.environment === 'testing' &&
        body.expiresAt > at,
    );
  }

  /** What was undone itself is not come back to; see `takeBackCurrent`. */
  function provedBefore(hash: string | null, id: string, steps = 0): string | null {
    const [latest] = [...rollouts.values()]
      .filter(({ state }) => state.id !== id && state.hash === hash && HAD.includes(state.phase.at))
      .toSorted((a, b) => Number(isProved(b)) - Number(isProved(a)) || b.number - a.number);
    if (latest === undefined || steps > LONGEST_WAY_BACK) return null;
    if (isProved(latest)) return latest.state.id;
    return provedBefore(latest.backTo ?? latest.release.parent, id, steps + 1);
  }

  function adopt({ adoption, policy, now: at, keys, verify }: NonNullable<Decision['adopting']>): void {
    const { release, vouch } = adoption.shown;
    const next = Math.max(0, ...[...rollouts.values()].map((each) => each.release.sequence)) + 1;
    const sequence = Math.max(release.sequence, next);
    const taken = rollouts.has(vouch.rollout);
    const named = store.epoch === 1 ? `${service}-${sequence}` : `${service}-e${store.epoch}-${sequence}`;
    const id = taken ? named : vouch.rollout;
    const approvedBy = taken ? [] : believedApprovals(adoption, { keys, verify });
    store.begin(adoptedState(adoption, { id, policy, now: at }), { ...release, sequence }, approvedBy);
  }

  function writeJudgement(state: AfterProof, at: number): void {
    if (store.judgement !== undefined && store.judgement.writtenAt > at) return;
    // Which process was started when is in the memory of its leader alone.
    store.judgement = { state: copy({ ...state, boots: {} }), writtenAt: at };
  }

  function write({ steps, raiseTo, adopting, ...decision }: Decision): Ordered[] {
    const at = decision.now;
    if (raiseTo !== null) {
      store.order = Math.max(store.order, raiseTo);
      store.epoch += 1;
    }
    if (adopting !== null) adopt(adopting);
    for (const step of steps) {
      const { active, folded, backTo } = step;
      const kept = rollouts.get(active.id);
      if (kept === undefined) continue;
      const version = kept.version + 1;
      rollouts.set(active.id, { ...kept, state: folded.state, backTo, version, updatedAt: at });
      const after = inForceAfter(step);
      if (after === 'this') store.current = active.id;
      else if (after !== undefined && store.current === active.id)
        store.current = provedBefore(after.hash, active.id);
    }
    for (const receipt of decision.receipts)
      if (!receipts.some(({ signature }) => signature === receipt.signature)) receipts.push(receipt);
    store.approve(decision.approvals);
    const assigned = wantedBy(steps)
      .filter((each) => each.action !== 'offer' || mayOffer(each, at))
      .map((each): Ordered => ({ ...each, order: store.nextOrder() }));
    for (const each of assigned) words.set(each.instance, each);
    for (const { command } of decision.commands) {
      commands.delete(command.id);
      done.add(command.id);
    }
    for (const each of decision.heard) acknowledged.set(each.instance, each);
    writeJudgement(decision.judgement.judged.state, at);
    return assigned;
  }

  /** See `activeRollouts`. */
  function active(served: ReadonlySet<string>): KeptRollout[] {
    const all = [...rollouts.values()];
    const busy = all.some(({ state: { phase } }) => !isFinished(phase.at) && phase.at !== 'draft');
    const inForce = rollouts.get(store.current ?? '')?.state.hash;
    return all.filter(({ number, state: { id, hash, phase } }) => {
      if (!isFinished(phase.at)) return true;
      if (busy) return false;
      if (id === store.current) return true;
      const provedSince = all.some(
        (each) => each.number > number && each.state.hash === hash && isProved(each),
      );
      const ledTo = all.some((each) => each.state.id !== id && each.backTo === hash);
      return phase.at === 'rolled_back' && served.has(hash) && hash !== inForce && !provedSince && !ledTo;
    });
  }

  function ended(since: number): KeptRollout[] {
    return [...rollouts.values()]
      .filter(({ state, updatedAt }) => ENDED.includes(state.phase.at) && updatedAt >= since)
      .toSorted((a, b) => b.updatedAt - a.updatedAt)
      .slice(0, MOST_ENDED);
  }

  const ofLeader: Immediate<LeaderStore> = {
    highestOrder: () => store.order,
    openCommands: () => [...commands.values()].slice(0, MOST_COMMANDS),
    keepCommand: (command) => store.command(command),
    freezes: (at) => store.freezes.filter(({ to }) => to > at).toSorted((a, b) => a.from - b.from),
    takeOver({ endedSince }) {
      const heard = [...instances.values()].map(({ heardAt }) => heardAt);
      const last = Math.max(...heard);
      return {
        acknowledged: [...acknowledged.values()],
        expected: heard.filter((at) => at > last - LATELY_MS).length,
        words: [...words.values()],
        ended: ended(endedSince).map(rowOf),
        judgements: new Map(store.judgement === undefined ? [] : [[service, store.judgement]]),
      };
    },
    rollouts(served) {
      const hashes = new Set(served.filter((each) => each.service === service).map(({ hash }) => hash));
      const inForce = rollouts.get(store.current ?? '');
      const known = [...rollouts.values()].filter(({ state }) => hashes.has(state.hash));
      return {
        active: active(hashes).map(rowOf),
        inForce: inForce === undefined ? [] : [rowOf(inForce)],
        fates: new Map([
          ...known.map(({ state }) => [state.hash, 'not_proved'] as const),
          ...known.filter(isProved).map(({ state }) => [state.hash, 'proved'] as const),
        ]),
      };
    },
    findRollout(id) {
      const kept = rollouts.get(id);
      return kept === undefined ? undefined : rowOf(kept);
    },
    offered({ id, state }, at) {
      const release = rollouts.get(id)?.release;
      if (release === undefined) return null;
      return { release, undoTo: state.undoTo, ...store.proofsOf(id, release.hash, at) };
    },
    commit(decision) {
      assertLeads(decision.fence);
      const stale = decision.steps.find(
        ({ active: { id, version } }) => rollouts.get(id)?.version !== version,
      );
      if (cores.storeFences && stale !== undefined)
        throw new StaleRollout(
          `rollout ${stale.active.id} is not at version ${stale.active.version} any more`,
        );
      return write(decision);
    },
    keepJudgement(fence, { state, now: at }) {
      assertLeads(fence);
      writeJudgement(state, at);
    },
  };

  const ofElection: Immediate<ElectionStore> = {
    claim({ holder, url, ms }) {
      const { leader } = store;
      const goesOn = leader.holder === holder && leader.until > now();
      if (leader.until > now() && !goesOn) return undefined;
      const fence = goesOn ? leader.fence : cores.nextFence(leader.fence, now());
      store.leader = { holder, url, fence, until: now() + ms };
      return fence;
    },
    leader: () => store.leader,
    giveBack({ holder, fence }) {
      if (store.leader.holder === holder && store.leader.fence === fence)
        store.leader = { ...store.leader, until: now() };
    },
  };

  return {
    ofLeader,
    ofElection,
    /** See `standingInStore`. */
    standing(at: number, lately: number): Standing {
      const open = [...rollouts.values()].filter(({ state }) => !isFinished(state.phase.at));
      const inForce = rollouts.get(store.current ?? '');
      const left = ended(at - lately).map(rowOf);
      const known = [...open, ...(inForce === undefined ? [] : [inForce])].map(rowOf);
      const leftAt = new Map(left.map(({ id, updatedAt }) => [id, updatedAt.getTime()]));
      return standingOf(service, [...known, ...left], leftAt, at);
    },
  };
}

const HAD: readonly string[] = ['proved', 'rolling_back', 'rolled_back'];
const ENDED: readonly string[] = ['rolled_back', 'aborted'];

function isProved({ state }: { readonly state: RolloutState }): boolean {
  return state.phase.at === 'proved';
}

/** As it is read: a copy through JSON, as the store has it. */
function rowOf({ state, version, backTo, release, createdAt, updatedAt }: KeptRollout): StoredRollout {
  const { service, sequence, reason, author } = release;
  return {
    id: state.id,
    service,
    sequence,
    state: copy(state),
    version,
    backTo,
    reason,
    author,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

function copy<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}
