import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Log } from '../../platform/log.ts';
import { type Loop, repeat } from '../../platform/loop/repeat.ts';
import type { RolloutEffect } from '../../rollout/machine/state.ts';
import type { InstanceId, Report } from '../../rollout/protocol.ts';
import type { TrustedKey, Verify } from '../../rollout/signed/signed.ts';
import type { Batch, InstanceRegistry } from '../agents/registry.ts';
import type { Streams } from '../agents/streams.ts';
import { type Agreed, askedAfter, type Knowledge } from '../agreement/agree.ts';
import { storedOrder } from '../agreement/epoch.ts';
import { createSaying } from '../agreement/once-a-second.ts';
import { keepJudgement, type StoredJudgement } from '../alarms/store.ts';
import type { ControlSettings } from '../settings.ts';
import type { Ordered } from '../store/assignments.ts';
import { type Command, openCommands } from '../store/commands.ts';
import { freezesFrom } from '../store/freezes.ts';
import { isBackward, isFinished } from '../store/rollouts.ts';
import { createUndoOrders } from '../undo/orders.ts';
import { type Known, LATELY_MS, type Standing, standingOf } from '../undo/standing.ts';
import { type ActiveRollout, fold } from './active-rollout.ts';
import { nextBeatMs } from './beat.ts';
import { commit, type Decision } from './commit.ts';
import { type Decided, decide, type Step, undoTargets } from './decide.ts';
import type { Election } from './election.ts';
import type { Observed } from './events.ts';
import type { SignedEvents } from './signed-events.ts';
import { measuredTraffic } from './traffic.ts';
import {
  allHere,
  hasStranger,
  readNamed,
  readRollouts,
  readWorkingSet,
  type Source,
  type WorkingSet,
  wordKey,
} from './working-set.ts';

export interface LeaderOptions {
  name: string;
  database: Database;
  election: Election;
  registry: InstanceRegistry;
  streams: Streams;
  signedEvents: SignedEvents;
  keys: () => readonly TrustedKey[];
  /** Whom control believes about one service. */
  keysOf: (service: string) => readonly TrustedKey[];
  verify: Verify;
  settings: () => ControlSettings;
  clock: Clock;
  log: Log;
}

/** Between two turns when nothing happens; and after one that failed. */
const IDLE_MS = 100;
const FAILED_MS = 250;
/** What comes within so short a time is one turn. */
const TOGETHER_MS = 5;
/** How the release in force is judged may be so old in the store where no alarm is raised or cleared. */
const JUDGEMENT_MS = 5_000;
/** Beats and outcomes of so long may be lost with the leader; decisions never are. */
const CHECKPOINT_MS = 1_000;
/**
 * The leader: turn by turn it takes what operators asked and what instances said, lets the machines decide,
 * writes the decision in one transaction, and only then says it to the instances. Two things do not wait for
 * the store: an undo, which harms nobody and may be all that still helps (R6), and the renewal of a lease,
 * which is worth nothing later.
 */
export function createLeaderLoop(options: LeaderOptions) {
  const { name, database, election, registry, streams, signedEvents, settings, clock, log } = options;
  const source: Source = { database, keys: options.keys, verify: options.verify };
  const undoOrders = createUndoOrders({ database, clock, say: sayUndo });
  let workingSet: WorkingSet | undefined;
  let stale = false;
  let freezes: Observed['freezes'] = [];
  const saying = createSaying();
  let turns: Loop<void> | undefined;

  /** Each wait in it is one of the pool's, which has deadlines. */
  async function turn(): Promise<void> {
    undoOrders.sayAgain();
    // Before anything newer is read: an undo that is done must not be said of what is in force since.
    await undoOrders.settle();
    const fence = election.term();
    if (fence === undefined) return giveWay();
    const now = clock.now();
    const stored = await storedOrder(database);
    if (workingSet !== undefined && stored < workingSet.order) {
      log.warn(
        { stored, given: workingSet.order },
        'the store is older than what it gave out: it is read again',
      );
      // Nothing of what this process knows is known to be so.
      workingSet = undefined;
    }
    if (workingSet?.fence !== fence) {
      const known = workingSet?.active ?? [];
      const left = workingSet?.left ?? new Map();
      const { gatherMs } = settings();
      workingSet = await readWorkingSet(source, { fence, known, registry, gatherMs, now });
      // What this process saw go back, a store that was restored has forgotten.
      for (const [id, each] of left) if (!workingSet.left.has(id)) workingSet.left.set(id, each);
      log.info({ fence, rollouts: workingSet.active.length }, 'leading');
    } else if (stale || hasStranger(workingSet, registry)) {
      Object.assign(workingSet, await readRollouts(source, { known: workingSet.active, registry, now }));
    }
    stale = false;
    workingSet.order = Math.max(workingSet.order, stored);
    const commands = await openCommands(database);
    freezes = (await freezesFrom(database, now)).map(({ id, from, to }) => ({ id, from, to }));
    if (gathering(workingSet, now, commands)) return;
    const named = await readNamed(source, workingSet.active, commands, now);
    const services = new Set([
      ...registry.services(),
      ...workingSet.judgements.keys(),
      ...workingSet.active.map(({ service }) => service),
      ...commands.map(({ service }) => service),
    ]);
    for (const service of services) await turnOf(workingSet, service, { commands, named, now });
  }

  async function turnOf(
    held: WorkingSet,
    service: string,
    { commands, named, now }: { commands: readonly Command[]; named: readonly ActiveRollout[]; now: number },
  ): Promise<void> {
    const batch = registry.take(service);
    const ofService = (each: { service: string }) => each.service === service;
    const leftHere = new Set(
      batch.told.flatMap(({ numbered: { message } }) =>
        message.type === 'undo_ordered_here' ? [message.from] : [],
      ),
    );
    const decided = decide({
      active: [...held.active, ...held.inForce.filter(({ state }) => leftHere.has(state.hash))].filter(
        ofService,
      ),
      named: named.filter(ofService),
      commands: commands.filter(ofService),
      observed: observedIn(batch, now),
      inForce: held.inForce.find(ofService),
      watching: {
        known: held.judgements.get(service)?.state,
        limits: settings().policy.gate.facts,
        listensSince: held.listensSince,
      },
      known: knownTo(held, service),
      keys: options.keysOf(service),
      verify: options.verify,
      approve: signedEvents.approve,
      now,
    });
    for (const step of decided.steps) {
      noteBackward(held, step, now);
      sayUndos(step);
    }
    try {
      const assigned = isDecisive(decided, batch, now)
        ? await commit(database, {
            ...decided,
            ...booksOf(decided, now),
            fence: held.fence,
            leader: name,
            now,
            told: batch.told,
            heard: batch.told.length === 0 ? [] : batch.heard,
            judgement: { service, judged: decided.judged, before: held.judgements.get(service)?.state },
          })
        : undefined;
      registry.settle(batch);
      remember(held, decided, assigned, now);
      rememberJudgement(held, service, decided, assigned !== undefined, now);
      for (const { command } of decided.commands) undoOrders.done(command.id);
      if (election.term() !== held.fence) return;
      sayAgreed(held, service, decided.agreed, now);
      for (const word of assigned ?? []) if (word.action !== 'undo') say(held, word);
      for (const { active: each, folded } of decided.steps) renew(each, folded.effects);
    } catch (error) {
      registry.putBack(batch);
      stale = true;
      throw error;
    }
  }

  function observedIn(batch: Batch, now: number): Omit<Observed, 'receipts' | 'since'> {
    const { traffic, lostMs } = settings();
    const { service } = batch;
    return {
      batch,
      freezes,
      lostMs,
      traffic: () => measuredTraffic(registry.rates(service, now), traffic),
      tallies: (pushed) => registry.tallies(service, pushed, now),
    };
  }

  /** Whether there is more than beats and outcomes, which come again, to be written. */
  function isDecisive(
    { steps, commands, notes, agreed, judged }: Decided,
    batch: Batch,
    now: number,
  ): boolean {
    if (
      judged.raised.length > 0 ||
      judged.cleared.length > 0 ||
      agreed.raiseTo !== null ||
      agreed.adopt !== null ||
      commands.length > 0 ||
      notes.length > 0 ||
      batch.told.length > 0
    )
      return true;
    return steps.some(({ active, folded }) => {
      if (folded.effects.some(({ type }) => type !== 'renew')) return true;
      const due = !isFinished(folded.state.phase.at) && now - active.savedAt >= CHECKPOINT_MS;
      return due && folded.state !== active.state;
    });
  }

  function knownTo({ order, fates, asked, gatherUntil }: WorkingSet, service: string): Knowledge {
    return { order, fates, asked: asked.get(service), gathered: gatherUntil === null };
  }

  /** What is written of it beside the rollouts. */
  function booksOf({ agreed }: Decided, now: number): Pick<Decision, 'raiseTo' | 'adopting'> {
    const { adopt: adoption, raiseTo } = agreed;
    if (adoption === null) return { raiseTo, adopting: null };
    const { policy } = settings();
    const { vouch } = signedEvents;
    return {
      raiseTo,
      adopting: { adoption, vouch, keys: options.keys(), verify: options.verify, policy, now },
    };
  }

  function sayAgreed(held: WorkingSet, service: string, agreed: Agreed, now: number): void {
    const { says, adopt, raiseTo } = agreed;
    held.asked.set(service, askedAfter(held.asked.get(service), agreed, now));
    // Who adopts, or gives orders above those of a lost past, knows something that is to be read.
    if (adopt !== null || raiseTo !== null) stale = true;
    if (raiseTo !== null) held.order = Math.max(held.order, raiseTo);
    for (const { instance, event } of saying.due(service, says, now)) {
      const text = event.type === 'show' ? signedEvents.showText(event.hash) : signedEvents.undoText(event);
      streams.send(service, instance, text);
      log.info({ instance, ...event }, 'control and fleet differ');
    }
  }

  function remember(held: WorkingSet, decided: Decided, assigned: Ordered[] | undefined, now: number): void {
    const next = new Map(held.active.map((each) => [each.id, each]));
    for (const { active, folded, backTo } of decided.steps) {
      const { state } = folded;
      const written = assigned === undefined ? {} : { version: active.version + 1, savedAt: now };
      // What is named by a command alone is not stepped any further, unless it is under way now.
      if (next.has(active.id))
        next.set(active.id, { ...withProofs(active, decided), ...written, state, backTo });
      // What has ended, or begun, changes who else is to be stepped.
      stale ||= state.phase.at !== active.state.phase.at;
    }
    held.active = [...next.values()];
    // What was proved in this turn is in force from now on, and what it followed is not.
    const proved = held.active.filter(({ state }) => state.phase.at === 'proved');
    held.inForce = held.inForce.filter(({ service }) => proved.every((each) => each.service !== service));
    for (const word of assigned ?? []) held.words.set(wordKey(word), word);
  }

  /** Written with what was decided; and now and then where nothing was, for those that do not lead. */
  function rememberJudgement(
    held: WorkingSet,
    service: string,
    { judged: { state } }: Decided,
    written: boolean,
    now: number,
  ): void {
    const before = held.judgements.get(service);
    const due = before === undefined || now - before.writtenAt >= JUDGEMENT_MS;
    const writtenAt = written || due ? now : before.writtenAt;
    held.judgements.set(service, { state, writtenAt });
    if (written || !due) return;
    // Not waited for: what is said to the instances next is worth nothing later.
    keepJudgement(database, held.fence, { service, state, now }).catch((error: unknown) => {
      log.debug(
        { err: error, service },
        'how the release in force is judged could not be written; it is again',
      );
    });
  }

  function noteBackward(held: WorkingSet, { active, folded, backTo }: Step, now: number): void {
    if (!isBackward(folded.state.phase.at)) return;
    held.goingBack.add(active.id);
    const began = !isBackward(active.state.phase.at);
    const before = held.left.get(active.id);
    if (began || before !== undefined) {
      // What a restored store has brought forward again goes back again.
      const at = began ? now : (before?.at ?? now);
      held.left.set(active.id, { at, known: knownOf({ ...active, state: folded.state, backTo }) });
    }
    for (const [id, { at }] of held.left) if (now - at > LATELY_MS) held.left.delete(id);
  }

  function say(held: WorkingSet, word: Ordered): void {
    const offered = held.active.find(({ id }) => id === word.rollout)?.offered ?? undefined;
    const text = signedEvents.assignmentText(word, offered);
    if (text !== undefined) streams.send(word.service, word.instance, text);
  }

  function sayUndos({ active, folded, backTo }: Pick<Step, 'active' | 'folded' | 'backTo'>): number {
    const told = folded.effects.filter((effect) => {
      if (effect.type !== 'undo') return false;
      const { from, to, instance } = effect;
      const text = signedEvents.undoText({ rollout: active.id, from, to: backTo ?? to });
      return streams.send(active.service, instance, text);
    });
    return told.length;
  }

  function renew({ id, service, state: { hash } }: ActiveRollout, effects: readonly RolloutEffect[]): void {
    for (const effect of effects) {
      if (effect.type !== 'renew') continue;
      const { instance, beat, leaseMs } = effect;
      streams.send(
        service,
        instance,
        signedEvents.renewalText({ rollout: id, hash, instance, beat, leaseMs }),
      );
    }
  }

  /** A change is not judged, and none begun, before the instances have had the time to find a new leader. */
  function gathering(held: WorkingSet, now: number, commands: readonly Command[]): boolean {
    if (held.gatherUntil === null) return false;
    const underWay = held.active.some(({ state }) => !isFinished(state.phase.at));
    // Who takes part in a change that is yet to begin cannot be known before the time is over.
    const waits = commands.some(({ kind }) => kind === 'submit') || (underWay && !allHere(held, registry));
    const early = now < held.gatherUntil && !commands.some(({ kind }) => kind === 'undo');
    if (early && waits) return true;
    if (early && !underWay) return false;
    held.gatherUntil = null;
    held.listensSince = now;
    held.active = held.active.map((each) => {
      return { ...each, since: now, state: fold(each.state, [{ type: 'resume' }], now).state };
    });
    return false;
  }

  /** Another leads: agents are to look for it. While nobody is known to, the streams stay open for undos. */
  function giveWay(): void {
    const leader = election.leader();
    if (workingSet === undefined || leader === undefined || leader.holder === name) return;
    log.warn({ leader: leader.holder }, 'another control process leads');
    workingSet = undefined;
    streams.endAll();
    undoOrders.handOver();
  }

  function sayUndo(command: Command): number {
    const { to, reason } = command.body;
    const { active, inForce } = workingSet ?? { active: [], inForce: [] };
    return undoTargets([...active, ...inForce], command).leaves.reduce((told, target) => {
      const event = { type: 'undo' as const, by: command.person, reason: String(reason) };
      const folded = fold(target.state, [event], clock.now());
      const backTo = typeof to === 'string' && !isBackward(target.state.phase.at) ? to : target.backTo;
      return told + sayUndos({ active: target, folded, backTo });
    }, 0);
  }

  return {
    /** One turn; rejects when the store does not answer, and is then simply taken again. */
    turn,
    /** Something was said or asked. */
    wake(): void {
      turns?.wake();
    },
    /** Takes turns until it is stopped. */
    run(): Loop<void> {
      turns = repeat({
        work: turn,
        gatherMs: TOGETHER_MS,
        waitMs: (ran) => {
          if (ran.ok) return IDLE_MS;
          log.warn({ err: ran.error }, 'a turn of the leader failed; it is taken again');
          return FAILED_MS;
        },
      });
      return turns;
    },
    /**
     * R6: says it to everybody listening here at once, and sees to it that it is written. Returns how many
     * were told.
     */
    undo(command: Command): number {
      const told = undoOrders.take(command);
      this.wake();
      return told;
    },
    /**
     * R17: what an undo can name now, from memory: it is asked for while the store hangs. `undefined`:
     * another leads. `fresh`: what came into force with the last decision is in it.
     */
    standing(service: string): { standing: Standing; fresh: boolean } | undefined {
      if (workingSet === undefined) return undefined;
      const { active, inForce, left } = workingSet;
      const held = new Map(
        [...[...left.values()].map(({ known }) => known), ...[...inForce, ...active].map(knownOf)].map(
          (each) => [each.id, each] as const,
        ),
      );
      const leftAt = new Map([...left].map(([id, { at }]) => [id, at]));
      const standing = standingOf(service, [...held.values()], leftAt, clock.now());
      // Another may lead by now, and have decided since.
      return { standing, fresh: !stale && election.term() === workingSet.fence };
    },
    isUnderWay,
    /** How the release in force of each service is judged after its proof; `undefined`: another leads. */
    judgements: (): ReadonlyMap<string, StoredJudgement> | undefined => workingSet?.judgements,
    /** Whether agents belong here. */
    serves: () => workingSet !== undefined,
    /**
     * What an instance is to be told first when it connects: the last word it was given, unless time has
     * overtaken it.
     */
    greet({ service, instance }: InstanceId): void {
      const word = workingSet?.words.get(wordKey({ service, instance }));
      if (workingSet === undefined || word === undefined) return;
      // R6: whoever connects while an undo is being written is not told the word that it takes back.
      if (word.action !== 'undo' && workingSet.goingBack.has(word.rollout)) return;
      const rollout = workingSet.active.find(({ id }) => id === word.rollout);
      // An offer of a rollout that is over would be taken by an instance that forgot it, on an empty disk.
      if (word.action === 'offer' && (rollout === undefined || isFinished(rollout.state.phase.at))) return;
      say(workingSet, word);
    },
    /**
     * When the next beat of an instance is due: often where something is new on it, seldom in a large fleet.
     */
    beatMs({ service, phase }: Report): number {
      const { idleBeatMs } = settings();
      const fleetSize = Math.max(registry.size, workingSet?.expected ?? 0);
      return nextBeatMs(phase, { underWay: isUnderWay(service), fleetSize, idleBeatMs });
    },
  };

  /** Whether a change of the service goes forward or back. */
  function isUnderWay(service: string): boolean {
    const active = workingSet?.active ?? [];
    return active.some((each) => each.service === service && !isFinished(each.state.phase.at));
  }
}

export type LeaderLoop = ReturnType<typeof createLeaderLoop>;

function knownOf({ id, service, state, backTo, offered }: ActiveRollout): Known {
  return { id, service, state, backTo, sequence: offered?.release.sequence ?? null };
}

/** An approval or a receipt travels with every offer from now on. */
function withProofs(active: ActiveRollout, { approvals, receipts }: Decided): ActiveRollout {
  if (active.offered === null) return active;
  const ofIt = approvals.filter(({ body }) => body.rollout === active.id);
  const forIt = receipts.filter(({ body }) => body.hash === active.state.hash);
  if (ofIt.length === 0 && forIt.length === 0) return active;
  const { offered } = active;
  const fresh = forIt.map(({ body }) => body.instance);
  return {
    ...active,
    offered: {
      ...offered,
      approvals: [...offered.approvals, ...ofIt],
      receipts: [...offered.receipts.filter(({ body }) => !fresh.includes(body.instance)), ...forIt],
    },
  };
}
