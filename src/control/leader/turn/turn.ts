import { isFinished } from '../../../rollout/machine/phases.ts';
import type { Ordered } from '../../store/assignments.ts';
import type { Command } from '../../store/commands.ts';
import type { UndoOrders } from '../../undo/unfinished-orders.ts';
import { fold } from '../memory/active-rollout.ts';
import {
  type Memory,
  noteBackward,
  remember,
  rememberAgreed,
  rememberEnded,
  rememberJudgement,
} from '../memory/apply-decisions.ts';
import {
  allHere,
  hasStranger,
  readNamed,
  readRollouts,
  readWorkingSet,
  type WorkingSet,
} from '../memory/working-set.ts';
import type { LeaderPorts } from '../ports.ts';
import type { Publisher } from '../publish.ts';
import { decisionOf, isDecisive } from './changes-to-store.ts';
import type { Decided } from './decide.ts';
import { type Inbox, situationOf } from './inbox.ts';

/**
 * One turn of the leader: it takes what operators asked and what instances said, lets the machines decide,
 * writes the decision of each service in one transaction, and only then says it to the instances. Two
 * things do not wait for the store: an undo, which harms nobody and may be all that still helps (R6), and
 * the renewal of a lease, which is worth nothing later.
 *
 * It owns this order, and `memory` while it runs. `loop.ts` wakes it, or the simulator; never twice at
 * once. It touches no socket, timer or database but through its ports; and it must never say what is
 * forward before it is stored, or after its term.
 */
export function createTurn(
  ports: LeaderPorts,
  memory: Memory,
  { undoOrders, publisher }: { undoOrders: UndoOrders; publisher: Publisher },
) {
  const { name, store, election, registry, streams, settings, clock, log } = ports;

  /** Rejects when the store does not answer; it is simply taken again then. */
  async function turn(): Promise<void> {
    undoOrders.sayAgain();
    // Before anything newer is read: an undo that is done must not be said of what is in force since.
    await undoOrders.settle();
    const fence = election.term();
    if (fence === undefined) return giveWay();
    const now = clock.now();
    const held = await read(fence, now);
    const commands = await store.openCommands();
    const freezes = await store.freezes(now);
    if (gathering(held, now, commands)) return;
    const named = await readNamed({ store, registry, known: held.active, now }, commands);
    const inbox: Inbox = { commands, named, freezes, now };
    const services = new Set([
      ...registry.services(),
      ...held.judgements.keys(),
      ...held.active.map(({ service }) => service),
      ...commands.map(({ service }) => service),
    ]);
    for (const service of services) await turnOf(held, service, inbox);
  }

  /**
   * The working set as it is now; a new one at the beginning of a term, and of a store that was put back.
   */
  async function read(fence: number, now: number): Promise<WorkingSet> {
    const order = await store.highestOrder();
    const before = memory.held;
    if (before !== undefined && order < before.order) {
      log.warn(
        { stored: order, given: before.order },
        'the store is older than what it gave out: it is read again',
      );
      // Nothing of what this process knows is known to be so.
      memory.held = undefined;
    }
    const known = memory.held?.active ?? [];
    const reading = { store, registry, known, now };
    if (memory.held?.fence !== fence) {
      const { held, ended } = await readWorkingSet(reading, { fence, order, gatherMs: settings().gatherMs });
      memory.held = held;
      rememberEnded(memory, ended, now);
      log.info({ fence, rollouts: held.active.length }, 'leading');
    } else if (memory.stale || hasStranger(memory.held, registry)) {
      Object.assign(memory.held, await readRollouts(reading));
    }
    memory.stale = false;
    memory.held.order = Math.max(memory.held.order, order);
    return memory.held;
  }

  async function turnOf(held: WorkingSet, service: string, inbox: Inbox): Promise<void> {
    const { now } = inbox;
    const batch = registry.take(service);
    const decided = ports.decide(situationOf(ports, held, inbox, batch));
    for (const step of decided.steps) {
      noteBackward(memory, held, step, now);
      publisher.undos(step);
    }
    try {
      const assigned = isDecisive(decided, batch, now)
        ? await store.commit(decisionOf(ports, held, decided, batch, now))
        : undefined;
      registry.settle(batch);
      settle(held, service, decided, assigned, now);
    } catch (error) {
      registry.putBack(batch);
      memory.stale = true;
      throw error;
    }
  }

  /** It is stored, or there was nothing to store: from here on it is so, and is said. */
  function settle(
    held: WorkingSet,
    service: string,
    decided: Decided,
    assigned: readonly Ordered[] | undefined,
    now: number,
  ): void {
    if (remember(held, decided, assigned, now)) memory.stale = true;
    keepJudgement(held, service, decided, assigned !== undefined, now);
    for (const { command } of decided.commands) undoOrders.done(command.id);
    if (election.term() !== held.fence) return;
    if (rememberAgreed(held, service, decided, now)) memory.stale = true;
    publisher.differences(service, decided.agreed.says, now);
    for (const word of assigned ?? []) if (word.action !== 'undo') publisher.word(held, word);
    for (const { active, folded } of decided.steps) publisher.renewals(active, folded.effects);
  }

  function keepJudgement(
    held: WorkingSet,
    service: string,
    decided: Decided,
    written: boolean,
    now: number,
  ): void {
    if (!rememberJudgement(held, service, decided, { written, now })) return;
    const judgement = { service, state: decided.judged.state, now };
    // Not waited for: what is said to the instances next is worth nothing later.
    store.keepJudgement(held.fence, judgement).catch((error: unknown) => {
      log.debug(
        { err: error, service },
        'how the release in force is judged could not be written; it is again',
      );
    });
  }

  /**
   * A change is not judged, and none begun, before the instances have had the time to find a new leader.
   */
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

  /**
   * Another leads: agents are to look for it. While nobody is known to, the streams stay open for undos.
   */
  function giveWay(): void {
    const leader = election.leader();
    if (memory.held === undefined || leader === undefined || leader.holder === name) return;
    log.warn({ leader: leader.holder }, 'another control process leads');
    memory.held = undefined;
    memory.left.clear();
    streams.endAll();
    undoOrders.handOver();
  }

  return turn;
}
