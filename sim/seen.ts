import type { Release } from '../src/config/release.ts';
import type { AfterProof } from '../src/rollout/alarm/after-proof.ts';
import type { InstanceState, Memory } from '../src/rollout/instance/state.ts';
import type {
  Freeze,
  Report,
  RolloutEffect,
  RolloutPolicy,
  RolloutState,
} from '../src/rollout/machine/state.ts';
import type { ControlEvent } from '../src/rollout/protocol.ts';
import type { Receipt } from '../src/rollout/signed/receipt.ts';
import type { Behaviour, BehaviourName } from './events/behaviour.ts';

/**
 * What really happened, seen from outside: the rules judge by this, never by what a machine believes of
 * itself. `hash` null is what the service has built in.
 */
export type Seen =
  // The world.
  /** `rules`: those in force when it was pushed; `onlyRules`: it changes them, and nothing else. */
  | {
      type: 'release';
      rollout: string;
      release: Release;
      name: BehaviourName;
      production: Behaviour;
      rules: RolloutPolicy;
      onlyRules: boolean;
      switches: boolean;
    }
  /** It is proved, and bad from now on. */
  | { type: 'spoiled'; rollout: string; hash: string }
  | { type: 'approved'; rollout: string; person: string; breakGlass: boolean }
  | { type: 'confirmed'; rollout: string }
  | { type: 'freezes'; freezes: readonly Freeze[] }
  | { type: 'chaos'; what: string }
  | { type: 'lies'; instance: string }
  /** The store is what it was at some time before. */
  | { type: 'restored' }
  // An instance.
  | { type: 'booting'; instance: string; memory: Memory }
  /** `because`: the process came up with it, or swapped to it. */
  | { type: 'serves'; instance: string; hash: string | null; because: 'boot' | 'switch' }
  | { type: 'up'; instance: string }
  | { type: 'died'; instance: string }
  | { type: 'stopped_moving'; instance: string }
  | { type: 'tasted'; instance: string; hash: string; wayBack: string | null; ok: boolean }
  /** `sentAt`: of a renewal, when the beat was sent that it answers. */
  | { type: 'received'; instance: string; event: ControlEvent; sentAt: number }
  /** `again`: control was given the same order, and could not say that it is done. */
  | { type: 'undo_here'; instance: string; from: string; to: string | null; again?: true }
  | { type: 'stepped'; instance: string; state: InstanceState; undid: string | null }
  | { type: 'on_disk'; instance: string; memory: Memory }
  | { type: 'requests_ended'; instance: string; hash: string | null; count: number; bad: number }
  | { type: 'receipt_signed'; receipt: Receipt }
  // Control.
  | { type: 'leads'; control: string; fence: number }
  | { type: 'heard'; control: string; reports: readonly Report[]; instances: readonly string[] }
  | { type: 'undo_ordered'; command: string; rollout: string }
  /** R17: what the command line named, before it ordered it; `to`: the release that it leads to. */
  | { type: 'undo_chosen'; leaves: readonly { rollout: string; hash: string }[]; to: string | null }
  /** It stands in the store, where every leader finds it. */
  | { type: 'undo_written'; command: string }
  /** The store has what became of these commands, whether or not the leader hears of it. */
  | { type: 'commands_done'; control: string; commands: readonly string[] }
  /** A turn of a leader has ended well. */
  | { type: 'turn'; control: string; beganAt: number }
  /** Once when it is decided, and once more when the store has it. */
  | {
      type: 'decided';
      control: string;
      fence: number;
      stored: boolean;
      before: RolloutState;
      after: RolloutState;
      effects: readonly RolloutEffect[];
    }
  /** How a leader judges the release in force at the end of a turn. */
  | {
      type: 'judged';
      control: string;
      state: AfterProof;
      raised: readonly string[];
      cleared: readonly string[];
    }
  | { type: 'told'; control: string; rollout: string; instance: string; what: 'offer' | 'proof' | 'renewal' }
  | { type: 'tick' };

export type See = (seen: Seen) => void;

/** One line of a story. `undefined`: too common for the story. */
export function storyOf(seen: Seen): string | undefined {
  switch (seen.type) {
    case 'release':
      return `${seen.rollout} brings ${short(seen.release.hash)}, which ${seen.onlyRules ? 'changes the rules alone' : seen.name}`;
    case 'spoiled':
      return `${seen.rollout} turns bad after its proof`;
    case 'approved':
      return `${seen.person} approves ${seen.rollout}${seen.breakGlass ? ', break-glass' : ''}`;
    case 'confirmed':
      return `somebody lets the next wave of ${seen.rollout} open`;
    case 'freezes':
      return `freezes: ${seen.freezes.map(({ id, from, to }) => `${id} for ${to - from} ms`).join(', ') || 'none'}`;
    case 'chaos':
      return seen.what;
    case 'restored':
      return 'the store is put back to its backup';
    case 'lies':
      return `${seen.instance} reports health whatever happens`;
    case 'booting':
      return `${seen.instance} boots; ring ${seen.memory.ring.entries.map(({ release }) => short(release.hash)).join(' ') || 'empty'}`;
    case 'serves':
      return `${seen.instance} serves ${short(seen.hash)} (${seen.because})`;
    case 'up':
      return `${seen.instance} is up`;
    case 'died':
      return `${seen.instance} died`;
    case 'stopped_moving':
      return `${seen.instance} does not move any more`;
    case 'tasted':
      return `${seen.instance} tasted ${short(seen.hash)}: ${seen.ok ? 'passed' : 'failed'}`;
    case 'received':
      return seen.event.type === 'renewal' ? undefined : `${seen.instance} receives ${seen.event.type}`;
    case 'undo_here':
      return `undo of ${short(seen.from)} ordered at ${seen.instance}`;
    case 'stepped':
      return undefined;
    case 'on_disk':
      return undefined;
    case 'requests_ended':
      return undefined;
    case 'receipt_signed':
      return `${seen.receipt.instance} signs that ${short(seen.receipt.hash)} ${seen.receipt.verdict}`;
    case 'leads':
      return `${seen.control} leads, fence ${seen.fence}`;
    case 'heard':
      return undefined;
    case 'undo_ordered':
      return `undo of ${seen.rollout} ordered (${seen.command})`;
    case 'undo_chosen':
      return `undo of ${seen.leaves.map(({ rollout }) => rollout).join(' and ')}${seen.to === null ? '' : ` to ${short(seen.to)}`} chosen`;
    case 'undo_written':
      return undefined;
    case 'commands_done':
      return `${seen.control} has done ${seen.commands.join(' ')}`;
    case 'turn':
      return undefined;
    case 'decided': {
      const { before, after, effects, control, stored } = seen;
      if (!stored || before.phase.at === after.phase.at) return undefined;
      const reason = 'reason' in after.phase ? ` (${after.phase.reason})` : '';
      return `${control}: ${after.id} ${before.phase.at} → ${after.phase.at}${reason}; ${effects.length} effects`;
    }
    case 'judged': {
      const { control, state, raised, cleared } = seen;
      if (raised.length + cleared.length === 0) return undefined;
      return `${control}: alarms about ${state.of.rollout}: raised ${raised.join(' ') || 'none'}, cleared ${cleared.join(' ') || 'none'}`;
    }
    case 'told':
      return seen.what === 'renewal' ? undefined : `${seen.control} sends ${seen.what} to ${seen.instance}`;
    case 'tick':
      return undefined;
    default:
      return seen satisfies never;
  }
}

export function short(hash: string | null): string {
  return hash === null ? 'built-in' : hash.slice(-8);
}
