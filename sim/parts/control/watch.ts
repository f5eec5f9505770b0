import type { ElectionStore } from '../../../src/control/leader/election.ts';
import type { LeaderPorts, LeaderStore } from '../../../src/control/leader/ports.ts';
import type { Decided } from '../../../src/control/leader/turn/decide.ts';
import type { See } from '../../seen.ts';
import type { Immediate } from './leader-store.ts';
import type { Store } from './store.ts';

/**
 * What the judges see of a control process: each of its ports, with somebody who looks on. It changes
 * nothing, and knows of one service, so of one decision a turn.
 */
export function watch({ control, see, store }: { control: string; see: See; store: Store }) {
  let decided: Decided | undefined;

  function seeSteps(fence: number, steps: Decided['steps'], stored: boolean): void {
    for (const { active, folded } of steps) {
      const [before, after, { effects }] = [active.state, folded.state, folded];
      see({ type: 'decided', control, fence, stored, before, after, effects });
    }
  }

  return {
    election: (port: Immediate<ElectionStore>): Immediate<ElectionStore> => ({
      ...port,
      claim(candidate) {
        const before = store.leader.fence;
        const fence = port.claim(candidate);
        if (fence !== undefined && fence !== before) see({ type: 'leads', control, fence });
        return fence;
      },
    }),
    store: (port: Immediate<LeaderStore>): Immediate<LeaderStore> => ({
      ...port,
      commit(decision) {
        const assigned = port.commit(decision);
        seeSteps(decision.fence, decision.steps, true);
        const commands = decision.commands.map(({ command }) => command.id);
        if (commands.length > 0) see({ type: 'commands_done', control, commands });
        return assigned;
      },
    }),
    streams: (port: LeaderPorts['streams']): LeaderPorts['streams'] => ({
      ...port,
      send(service, instance, text) {
        const sent = port.send(service, instance, text);
        const what = ['offer', 'proof', 'renewal'].find((type) => text.includes(`event: ${type}\n`));
        if (sent && (what === 'offer' || what === 'proof' || what === 'renewal'))
          see({ type: 'told', control, rollout: rolloutIn(text), instance, what });
        return sent;
      },
    }),
    decide:
      (decide: LeaderPorts['decide'], term: () => number): LeaderPorts['decide'] =>
      (situation) => {
        decided = decide(situation);
        const { outcomes, beats } = situation.observed.batch;
        see({ type: 'heard', control, reports: outcomes, instances: beats.map(({ instance }) => instance) });
        seeSteps(term(), decided.steps, false);
        return decided;
      },
    turnBegins(): void {
      decided = undefined;
    },
    /** Well; nothing was decided in it where it gave way, or waited for the instances. */
    turnEnded(beganAt: number): void {
      if (decided === undefined) return;
      const { state, raised, cleared } = decided.judged;
      const kinds = (alarms: readonly { kind: string }[]) => alarms.map(({ kind }) => kind);
      see({ type: 'judged', control, state, raised: kinds(raised), cleared: kinds(cleared) });
      see({ type: 'turn', control, beganAt });
    },
  };
}

/** Of an event as it stands in the stream. */
function rolloutIn(text: string): string {
  return /"rollout":"([^"]*)"/.exec(text)?.[1] ?? '';
}
