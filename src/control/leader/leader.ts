import { isBackward, isFinished } from '../../rollout/machine/phases.ts';
import type { InstanceId, Report } from '../../rollout/protocol.ts';
import type { StoredJudgement } from '../alarms/store.ts';
import type { Ordered } from '../store/assignments.ts';
import type { Command } from '../store/commands.ts';
import { type Standing, standingOf } from '../undo/candidates.ts';
import { createUndoOrders } from '../undo/unfinished-orders.ts';
import { nextBeatMs } from './beat-interval.ts';
import { fold } from './memory/active-rollout.ts';
import { knownOf, type Memory } from './memory/apply-decisions.ts';
import { type WorkingSet, wordKey } from './memory/working-set.ts';
import type { LeaderPorts } from './ports.ts';
import { createPublisher } from './publish.ts';
import { createTurn } from './turn/turn.ts';
import { undoTargets } from './turn/undo-targets.ts';

/**
 * The leader of one control process: its memory, its turns, and what is asked of it between them. It owns
 * what it knows of the store and of the instances. `loop.ts` takes its turns, agents' and operators'
 * requests wake the rest; what they ask is answered from memory, because the store may be what is broken.
 * It must never wait for anything but its ports, and never decide outside a turn, but for an undo (R6).
 */
export function createLeader(ports: LeaderPorts) {
  const { store, election, registry, settings, clock, elapsedMs } = ports;
  const memory: Memory = { held: undefined, stale: false, left: new Map() };
  const publisher = createPublisher(ports);
  const undoOrders = createUndoOrders({ store, clock, elapsedMs, say: sayUndo });
  const turn = createTurn(ports, memory, { undoOrders, publisher });

  function sayUndo(command: Command): number {
    const { to, reason } = command.body;
    const { active, inForce } = memory.held ?? { active: [], inForce: [] };
    return undoTargets([...active, ...inForce], command).leaves.reduce((told, target) => {
      const event = { type: 'undo' as const, by: command.person, reason: String(reason) };
      const folded = fold(target.state, [event], clock.now());
      const backTo = typeof to === 'string' && !isBackward(target.state.phase.at) ? to : target.backTo;
      return told + publisher.undos({ active: target, folded, backTo });
    }, 0);
  }

  /** Whether a change of the service goes forward or back. */
  function isUnderWay(service: string): boolean {
    const active = memory.held?.active ?? [];
    return active.some((each) => each.service === service && !isFinished(each.state.phase.at));
  }

  /** Whether an order of the past that leads forward may still be sent. */
  function maySay(held: WorkingSet, { rollout, action }: Ordered): boolean {
    // Another may lead by now, and have taken it back.
    if (election.term() !== held.fence) return false;
    const known = [...held.active, ...held.inForce].find(({ id }) => id === rollout);
    // R6: also not while the undo is being written, and not by the leader after the one that decided it.
    if (known === undefined || held.goingBack.has(rollout) || isBackward(known.state.phase.at)) return false;
    // An offer of a rollout that is over would be taken by an instance that forgot it, on an empty disk.
    return action === 'proof' || !isFinished(known.state.phase.at);
  }

  return {
    turn,
    isUnderWay,
    /**
     * R6: says it to everybody listening here at once, and sees to it in the turns to come that it is
     * written. Returns how many got it.
     */
    undo: (command: Command): number => undoOrders.take(command),
    /**
     * R17: what an undo can name now, from memory: it is asked for while the store hangs. `undefined`:
     * another leads. `fresh`: what came into force with the last decision is in it.
     */
    standing(service: string): { standing: Standing; fresh: boolean } | undefined {
      const { held, left, stale } = memory;
      if (held === undefined) return undefined;
      const went = [...left.values()].map(({ known }) => known);
      const all = [...went, ...[...held.inForce, ...held.active].map(knownOf)];
      const known = new Map(all.map((each) => [each.id, each]));
      const leftAt = new Map([...left].map(([id, { at }]) => [id, at]));
      const standing = standingOf(service, [...known.values()], leftAt, clock.now());
      // Another may lead by now, and have decided since.
      return { standing, fresh: !stale && election.term() === held.fence };
    },
    /** How the release in force of each service is judged after its proof; `undefined`: another leads. */
    judgements: (): ReadonlyMap<string, StoredJudgement> | undefined => memory.held?.judgements,
    /** Whether agents belong here. */
    serves: () => memory.held !== undefined,
    /**
     * What an instance is sent first when it connects: the last order it was given, unless time has
     * overtaken it.
     */
    greet({ service, instance }: InstanceId): void {
      const { held } = memory;
      const word = held?.words.get(wordKey({ service, instance }));
      if (held === undefined || word === undefined) return;
      if (word.action === 'undo' || maySay(held, word)) publisher.word(held, word);
    },
    /** When the next beat of an instance is due. */
    beatMs({ service, phase }: Report): number {
      const { idleBeatMs } = settings();
      const fleetSize = Math.max(registry.size, memory.held?.expected ?? 0);
      return nextBeatMs(phase, { underWay: isUnderWay(service), fleetSize, idleBeatMs });
    },
  };
}
