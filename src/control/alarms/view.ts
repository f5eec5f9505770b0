import type { AfterProof } from '../../rollout/alarm/after-proof.ts';
import { recently } from '../../rollout/alarm/evidence.ts';
import type { JudgementView } from '../contract/resources/alarms.ts';
import type { StoredJudgement } from './store.ts';

/** A judgement that is older is no leader's of now. */
const FRESH_MS = 15_000;
/**
 * One that came into force since was there before the trouble: the undo may still help, but it is not the
 * first guess.
 */
const LATELY_MS = 3_600_000;

/**
 * How the release in force of one service is judged, as people and programs are shown it. `judgement`
 * undefined: not yet.
 */
export function judgementView(
  { service, isUsual }: { service: string; isUsual: boolean },
  judgement: StoredJudgement | undefined,
  now: number,
): JudgementView {
  if (judgement === undefined || now - judgement.writtenAt > FRESH_MS) {
    const unknown =
      judgement === undefined
        ? 'no instance of it has been heard, and nothing of it is in force'
        : `no control process has judged it since ${timeOf(judgement.writtenAt)}`;
    const alarms = judgement === undefined ? [] : alarmsIn(judgement.state, { service, isUsual });
    return { service, ...namesOf(judgement?.state), unknown, ...countsIn(judgement?.state, now), alarms };
  }
  const { state } = judgement;
  return {
    service,
    ...namesOf(state),
    /** Why nothing can be said of it at the moment; `null`: something can. */
    unknown: state.unknown,
    ...countsIn(state, now),
    alarms: alarmsIn(state, { service, isUsual }),
  };
}

function namesOf(state: AfterProof | undefined) {
  return {
    /** `null`: what the service has built in; so are its release and hash. */
    rollout: state?.of.rollout ?? null,
    release: state?.of.release ?? null,
    hash: state?.of.hash ?? null,
    judgedSince: state === undefined ? null : timeOf(state.since),
  };
}

/** Of the last half minute, and of the two minutes before its rollout where that is still compared with. */
function countsIn(state: AfterProof | undefined, now: number) {
  const { live, probes } = recently(state?.windows ?? [], now);
  const compared = state?.comparedUntil != null && now < state.comparedUntil;
  return {
    requests: live,
    probes,
    before: compared ? { good: state.before.good, bad: state.before.bad } : null,
  };
}

function alarmsIn(state: AfterProof, of: { service: string; isUsual: boolean }) {
  return state.alarms.map(({ kind, since, seenAt, what, instances }) => ({
    kind,
    since: timeOf(since),
    seenAt: timeOf(seenAt),
    what,
    instances,
    /** Takes back the release that the alarm is about; `null`: it is what is built in. */
    undo: undoCommand(state, kind, of),
    /** Whether the release came into force not long before: else look elsewhere first. */
    suspect: state.of.rollout !== null && state.comparedUntil !== null && since - state.since <= LATELY_MS,
  }));
}

/** R17: it names the release that it leaves, so that it takes back that one or nothing. */
function undoCommand(
  { of: { rollout, release } }: AfterProof,
  kind: string,
  { service, isUsual }: { service: string; isUsual: boolean },
): string | null {
  if (rollout === null) return null;
  const which = isUsual ? '' : ` --service ${service}`;
  return `imara undo --from ${release ?? rollout}${which} --reason 'alarm: ${kind}'`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
