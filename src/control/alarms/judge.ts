import { type AfterProof, type Judged, judgeAfterProof } from '../../rollout/alarm/after-proof.ts';
import type { InForce } from '../../rollout/alarm/alarm.ts';
import type { HeardInstance, Said } from '../../rollout/alarm/events.ts';
import { type Endings, NO_ENDINGS, plusEndings } from '../../rollout/gate/endings.ts';
import type { FactLimits } from '../../rollout/gate/facts.ts';
import type { Before, RolloutState } from '../../rollout/machine/state.ts';
import type { Batch, Instance, InstanceClaim } from '../agents/registry.ts';
import type { ActiveRollout } from '../leader/memory/active-rollout.ts';
import { roleOf } from '../leader/turn/events.ts';

/** What a turn brings to the judgement of the release in force. */
export interface Watching {
  /** As it was judged last; `undefined`: nothing is known of it. */
  readonly known: AfterProof | undefined;
  readonly limits: FactLimits;
  /** Since when this process listens. */
  readonly listensSince: number;
}

/** The rollout whose release is in force when the turn ends, and whether this very turn saw its proof. */
export interface Standing {
  readonly active: ActiveRollout;
  readonly state: RolloutState;
}

/** `standing` undefined: what the service has built in is in force. */
export function judgeInForce(
  standing: Standing | undefined,
  { known, limits, listensSince }: Watching,
  { batch, lostMs, now }: { batch: Batch; lostMs: number; now: number },
): Judged {
  const instances = batch.instances.filter(isProduction);
  const names = new Set(instances.map(({ instance }) => instance));
  const ofProduction = ({ instance }: { instance: string }) => names.has(instance);
  return judgeAfterProof(
    known,
    inForceOf(standing),
    {
      instances: instances.map(heardOf),
      reports: batch.outcomes.filter(ofProduction),
      said: batch.claims.filter(ofProduction).flatMap(saidIn),
      limits,
      silentMs: lostMs,
      listensSince,
      now,
    },
    () => proofOf(standing),
  );
}

function inForceOf(standing: Standing | undefined): InForce {
  if (standing === undefined) return { rollout: null, release: null, hash: null };
  const { active, state } = standing;
  return { rollout: state.id, release: active.offered?.release.sequence ?? null, hash: state.hash };
}

/**
 * What came back into force, or was there before this process looked, was proved long ago: the time before it
 * says nothing of now.
 */
function proofOf(standing: Standing | undefined): { seen: boolean; before: Before } {
  const none = { good: 0, bad: 0 };
  if (standing === undefined || standing.active.state.phase.at === 'proved')
    return { seen: false, before: none };
  const before = Object.values(standing.state.baseline).reduce<Required<Omit<Before, 'ms'>>>(
    (sum, { good, bad, endings = NO_ENDINGS }) => ({
      good: sum.good + good,
      bad: sum.bad + bad,
      endings: plusEndings(sum.endings, endings),
    }),
    { ...none, endings: NO_ENDINGS as Endings },
  );
  return { seen: true, before };
}

function isProduction({ environment }: Instance): boolean {
  return roleOf(environment) === 'target';
}

function heardOf({ instance, heardAt, report }: Instance): HeardInstance {
  const { boot, running, phase, vitals } = report;
  return { instance, heardAt, boot, running, down: phase === 'down', vitals };
}

function saidIn({ instance, numbered: { message } }: InstanceClaim): Said[] {
  if (message.type === 'refused' && message.late) {
    const cause = message.key === undefined ? message.cause : `${message.key}: ${message.cause}`;
    return [
      { instance, hash: message.hash, what: 'value_failed', cause: `found that it does not work: ${cause}` },
    ];
  }
  if (message.type !== 'booted') return [];
  const cause = 'could not boot with it twice, and serves with another';
  return message.passedOver.map((hash) => ({ instance, hash, what: 'boot_failed', cause }));
}
