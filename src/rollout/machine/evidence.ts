import { classOf, type Ended, type Endings, NO_ENDINGS, plusEndings } from '../gate/endings.ts';
import { type HardFact, vitalFacts, type Watched } from '../gate/facts.ts';
import { type GateState, type Outcomes, observe, openWave } from '../gate/gate.ts';
import { type Arms, AS_LONG, NOTHING, plus, type Tally } from '../gate/share.ts';
import { judge, type Verdict } from '../gate/verdict.ts';
import { named } from './rollback.ts';
import type { Before, Opened, Report, RolloutState } from './state.ts';

/** What the instances report, brought into the form the gate judges. */

const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };

/**
 * The arms at the moment: who has the release and is judged, and who it is compared with. Control is every
 * instance that does not have the release, whatever it serves with instead: it shows how requests end in the
 * same minute, with the same neighbours, without the release. An instance on a third release shows that as
 * well. If that third release is itself worse than the one before, the comparison is too mild by its share of
 * the arm; the facts and what each instance did before the push still hold. Without it nothing could be
 * proved while one instance differs, so that the repair of a difference could not be proved either.
 */
function armsOf(state: RolloutState): Arms<readonly string[]> {
  const { phase } = state;
  const last = phase.at === 'rest' ? (state.waves[phase.wave]?.instances ?? []) : undefined;
  const target = named(state).filter(
    ([, { environment, has }]) => environment === 'target' && has !== 'gone',
  );
  const having = target.filter(([, { has }]) => has === 'lent' || has === 'proving' || has === 'proved');
  const without = target.filter(([, { has }]) => has === 'old' || has === 'back');
  // The last wave is compared with those the release is proved on: nobody else is left.
  const exposed = last === undefined ? having : having.filter(([instance]) => last.includes(instance));
  const control = last === undefined ? without : having.filter(([instance]) => !last.includes(instance));
  return {
    exposed: exposed.map(([instance]) => instance),
    control: control.map(([instance]) => instance),
  };
}

/**
 * The gate at the start of a wave, knowing what the instances that will be exposed were like before the push.
 */
export function gateFor(state: RolloutState, gate: GateState, wave: number): GateState {
  const kind = state.waves[wave]?.kind;
  const exposed =
    kind === 'rest'
      ? (state.waves[wave]?.instances ?? [])
      : state.waves.slice(0, wave + 1).flatMap(({ instances }) => instances);
  const arm = (wanted: boolean) =>
    Object.entries(state.baseline).flatMap(([instance, before]) =>
      exposed.includes(instance) === wanted ? [before] : [],
    );
  const sum = (wanted: boolean): Tally => arm(wanted).reduce<Tally>(plus, NOTHING);
  const ended = (wanted: boolean) => endingsOf(arm(wanted));
  return openWave(
    gate,
    { exposed: sum(true), control: sum(false) },
    kind === 'widest',
    { exposed: ended(true), control: ended(false) },
    seenFor({ exposed: arm(true), control: arm(false) }),
  );
}

/** How long an instance of each arm was seen before the push, on average. */
function seenFor({ exposed, control }: Arms<readonly Before[]>): Arms<number> {
  const each = [...exposed, ...control].map(({ ms }) => ms);
  if (each.includes(undefined)) return AS_LONG;
  const mean = (arm: readonly Before[]) =>
    arm.reduce((sum, { ms = 0 }) => sum + ms, 0) / Math.max(1, arm.length);
  return { exposed: mean(exposed), control: mean(control) };
}

/**
 * Adds reports to the window, and closes it when both arms are in it: an arm that reports a shared blip
 * first would look guilty. An instance that is late for longer than `windowMs` is not waited for.
 */
export function withReports(state: RolloutState, reports: readonly Report[], now: number): RolloutState {
  const instances = { ...state.instances };
  const pending = [...state.pending];
  for (const report of reports) {
    const known = instances[report.instance];
    if (known === undefined || known.environment === 'testing' || report.seq <= known.reportSeq) continue;
    instances[report.instance] = { ...known, reportSeq: report.seq };
    pending.push(report);
  }
  const pendingSince = state.pending.length === 0 ? now : state.pendingSince;
  return closeWindow({ ...state, instances, pending, pendingSince }, now);
}

export function closeWindow(state: RolloutState, now: number): RolloutState {
  const { gate, pending, policy } = state;
  if (gate === null || pending.length === 0) return { ...state, pending: [] };
  const arms = armsOf(state);
  const heard = new Set(pending.map(({ instance }) => instance));
  const complete = [...arms.exposed, ...arms.control].every((instance) => heard.has(instance));
  if (!complete && now - state.pendingSince < policy.windowMs) return state;

  const arm = (members: readonly string[], having: boolean) => {
    const inArm = new Set(members);
    const reports = pending.filter(
      ({ instance, hash }) => inArm.has(instance) && (hash === state.hash) === having,
    );
    return {
      size: new Set(reports.map(({ instance }) => instance)).size,
      live: sumOf(reports.map(({ live }) => live)),
      probes: sumOf(reports.map(({ probes }) => probes)),
      ended: endedBy(state, reports),
    };
  };
  const [exposed, control] = [arm(arms.exposed, true), arm(arms.control, state.phase.at === 'rest')];
  const size = exposed.size + control.size;
  if (size === 0) return { ...state, pending: [] };
  const observed = observe(gate, policy.gate, {
    live: { exposed: exposed.live, control: control.live },
    probes: { exposed: exposed.probes, control: control.probes },
    // Every instance takes an equal part of the traffic, and the same probes.
    liveShare: exposed.size / size,
    probeShare: exposed.size / size,
    endings: { exposed: exposed.ended, control: control.ended },
  });
  return { ...state, gate: observed, pending: [] };
}

/**
 * Layer 0 for each instance that has the release, in testing too, where no statistics are kept. How sick an
 * instance is says nothing against a product's switch: it is what the switch is pulled for. What instances
 * refuse or crash with is heard in `instance-claims.ts`.
 */
export function factsOf(state: RolloutState, now: number): HardFact[] {
  if (state.switches !== undefined) return [];
  const watched = (wanted: boolean): Watched[] =>
    named(state)
      .filter(([, { has }]) =>
        wanted ? has === 'lent' || has === 'proving' || has === 'proved' : has === 'old',
      )
      .map(([instance, { heardAt, vitals, probes }]) => ({ instance, heardAt, vitals, probes }));
  return vitalFacts(watched(true), watched(false), state.policy.gate.facts, now);
}

export function verdictOf(
  state: RolloutState,
  gate: GateState,
  { wave, openedAt, since }: Opened,
  facts: readonly HardFact[],
  now: number,
): Verdict | undefined {
  const criteria = state.waves[wave]?.criteria;
  if (criteria === undefined) return undefined;
  const hasControl = armsOf(state).control.length > 0;
  // Until the whole wave has the release, no time counts towards the least it must have had it.
  const verdict = judge(
    gate,
    state.policy.gate,
    criteria,
    facts,
    { since: since ?? openedAt, hasControl },
    now,
  );
  return since === null && verdict.kind === 'promote' ? undefined : verdict;
}

/** An instance has things of a class to end where it had any before the push, or has now. */
function endedBy({ baseline }: RolloutState, reports: readonly Report[]): Ended {
  const members: Record<string, number> = {};
  for (const { instance, endings = NO_ENDINGS } of reports) {
    const names = [...Object.keys(endings), ...Object.keys(baseline[instance]?.endings ?? NO_ENDINGS)];
    for (const of of new Set(names.map(classOf))) members[of] = (members[of] ?? 0) + 1;
  }
  return { endings: endingsOf(reports), members };
}

function endingsOf(each: readonly { readonly endings?: Endings }[]): Endings {
  return each.reduce((sum, { endings = NO_ENDINGS }) => plusEndings(sum, endings), NO_ENDINGS);
}

function sumOf(outcomes: readonly Outcomes[]): Outcomes {
  return outcomes.reduce(
    (sum, each) => ({
      good: sum.good + each.good,
      error: sum.error + each.error,
      deadline: sum.deadline + each.deadline,
      slow: sum.slow + each.slow,
      saturation: sum.saturation + each.saturation,
    }),
    NONE,
  );
}
