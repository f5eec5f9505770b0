import type { Judged } from '../../../rollout/alarm/after-proof.ts';
import { isBackward, isFinished } from '../../../rollout/machine/phases.ts';
import type { RolloutEffect, RolloutEvent } from '../../../rollout/machine/state.ts';
import type { Approval } from '../../../rollout/signed/approval.ts';
import type { Receipt } from '../../../rollout/signed/receipt.ts';
import type { Signed, TrustedKey, Verify } from '../../../rollout/signed/signed.ts';
import { type Agreed, agree, type Knowledge } from '../../agreement/agree.ts';
import { judgeInForce, type Standing, type Watching } from '../../alarms/judge.ts';
import { type Command, type CommandResult, leftBy } from '../../store/commands.ts';
import type { Entry } from '../../store/journal.ts';
import { type ActiveRollout, type Folded, fold, refusalIn } from '../memory/active-rollout.ts';
import { eventsFor, type Observed, PRODUCTION, submitEvent } from './events.ts';
import { sortReceipts } from './receipts.ts';
import { undoTargets } from './undo-targets.ts';

/** What the leader knows of one service at the beginning of a turn. */
export interface Situation {
  readonly active: readonly ActiveRollout[];
  /** Rollouts that are over, but that a command is about. */
  readonly named: readonly ActiveRollout[];
  readonly commands: readonly Command[];
  readonly observed: Omit<Observed, 'receipts' | 'since'>;
  /** The rollout whose release is in force, while another is active. */
  readonly inForce: ActiveRollout | undefined;
  /** How the release in force has been judged so far. */
  readonly watching: Watching;
  readonly known: Knowledge;
  readonly keys: readonly TrustedKey[];
  readonly verify: Verify;
  readonly approve: (approval: Omit<Approval, 'kind'>) => Signed<Approval>;
  readonly now: number;
}

export interface Step {
  readonly active: ActiveRollout;
  readonly folded: Folded;
  readonly backTo: string | null;
}

export interface Decided {
  readonly steps: readonly Step[];
  readonly commands: readonly { readonly command: Command; readonly result: CommandResult }[];
  readonly approvals: readonly Signed<Approval>[];
  readonly receipts: readonly Signed<Receipt>[];
  readonly notes: readonly Entry[];
  /** What brings control and fleet to agree again, beside what the rollouts do themselves. */
  readonly agreed: Agreed;
  /** The release in force, after its proof. */
  readonly judged: Judged;
}

/** Commands first, an undo before all others; then what was seen. Pure but for the signing of approvals. */
export function decide(situation: Situation): Decided {
  const { now, observed, active, named } = situation;
  const { keys, verify } = situation;
  const { receipts, notes } = sortReceipts({ claims: observed.batch.claims, keys, verify, now });
  const work = new Map(
    [...active, ...named].map((each) => [
      each.id,
      { active: each, folded: untouched(each), backTo: each.backTo },
    ]),
  );
  const approvals: Signed<Approval>[] = [];
  const apply = (id: string, events: readonly RolloutEvent[]): readonly RolloutEffect[] => {
    const step = work.get(id);
    if (step === undefined) return [];
    const { state, effects } = fold(step.folded.state, events, now);
    work.set(id, { ...step, folded: { state, effects: [...step.folded.effects, ...effects] } });
    return effects;
  };

  const inOrder = situation.commands.toSorted(
    (a, b) => Number(b.kind === 'undo') - Number(a.kind === 'undo'),
  );
  const commands = inOrder.map((command) => ({ command, result: obey(command) }));
  const { batch, lostMs } = observed;
  const agreed = agreeOn(
    active.map((each) => ({ ...each, state: work.get(each.id)?.folded.state ?? each.state })),
  );
  for (const { rollout, instance } of agreed.undone) {
    apply(rollout, [
      { type: 'undo', by: instance, reason: 'it was undone there, which control did not know' },
    ]);
  }
  for (const each of active) {
    if (agreed.waits && each.state.phase.at === 'proved') continue;
    const seen: Observed = {
      ...observed,
      since: each.since,
      receipts: receipts.map(({ body: { instance, hash, verdict, cause } }) => {
        return { instance, hash, passed: verdict === 'passed', ...(cause === undefined ? {} : { cause }) };
      }),
    };
    apply(each.id, eventsFor(work.get(each.id)?.folded.state ?? each.state, seen, now));
  }
  const steps = [...work.values()].filter(hasMoved).map(endedInThisTurn);
  const judged = judgeInForce(standing(), situation.watching, { batch, lostMs, now });
  return { steps, commands, approvals, receipts, notes, agreed, judged };

  /** At the end of this turn: what was proved in it goes before what was in force. */
  function standing(): Standing | undefined {
    const { inForce } = situation;
    const held = inForce === undefined ? active : [...active, inForce];
    const proved = held.flatMap((each): Standing[] => {
      const state = work.get(each.id)?.folded.state ?? each.state;
      return state.phase.at === 'proved' ? [{ active: each, state }] : [];
    });
    return proved.find((each) => each.active.state.phase.at !== 'proved') ?? proved[0];
  }

  function agreeOn(active: readonly ActiveRollout[]): Agreed {
    const { known } = situation;
    const { batch, lostMs } = observed;
    return agree({
      active,
      instances: batch.instances,
      claims: batch.claims,
      known,
      keys,
      verify,
      lostMs,
      now,
    });
  }

  /**
   * Why a draft cannot begin. R7, R18: a store that was put back to an older state may not know what the
   * fleet has proved. What is pushed then is made of the older release, and its undo would lead there: it is
   * refused until what was proved is adopted, and its author has seen what is in force.
   */
  function hindranceOf({ state }: ActiveRollout): string | undefined {
    const begun = active.filter((each) => each.state.phase.at !== 'draft');
    if (agreeOn(begun).waits)
      return 'the instances have proved a release that control does not know yet: wait until it is adopted, and push again';
    const inForce = situation.inForce ?? active.find((each) => each.state.phase.at === 'proved');
    if (state.switches === undefined && state.undoTo !== (inForce?.state.hash ?? null))
      return 'another release has come into force since it was pushed: look at it, and push again';
    return undefined;
  }

  function obey(command: Command): CommandResult {
    if (command.kind === 'undo') return undo(command);
    const step = command.rollout === null ? undefined : work.get(command.rollout);
    if (step === undefined) return { ok: false, reason: 'that rollout is over' };
    if (step.active.offered === null)
      return { ok: false, reason: 'its release was not written by control; undo ends it' };
    const hindrance = command.kind === 'submit' ? hindranceOf(step.active) : undefined;
    const event = eventOf(command, hindrance);
    if (command.kind === 'submit' && hindrance === undefined && step.folded.state.switches !== undefined)
      makeWayFor(step.active, command);
    const effects = apply(step.active.id, [event]);
    const refusal = refusalIn(effects);
    if (refusal !== undefined) return { ok: false, reason: refusal };
    if (event.type === 'approve') approvals.push(approvalBy(command, step.active, event.breakGlass));
    const { phase } = work.get(step.active.id)?.folded.state ?? step.folded.state;
    if (command.kind === 'submit' && phase.at === 'aborted') return { ok: false, reason: phase.reason };
    return { ok: true, rollouts: [step.active.id] };
  }

  function eventOf({ kind, person, body }: Command, hindrance?: string): RolloutEvent {
    const reason = typeof body.reason === 'string' ? body.reason : '';
    switch (kind) {
      case 'submit':
        return submitEvent(
          { instances: observed.batch.instances, traffic: observed.traffic() },
          now - observed.lostMs,
          hindrance,
        );
      case 'approve':
        return { type: 'approve', person, breakGlass: body.breakGlass === true };
      case 'reject':
        return { type: 'reject', person, reason };
      case 'confirm':
        return { type: 'confirm', person };
      case 'undo':
        return { type: 'undo', by: person, reason };
      case 'converge':
        return { type: 'again' };
      default:
        return kind satisfies never;
    }
  }

  /**
   * What is switched off waits for nobody: another change that is on its way goes back first, because it may
   * be why the switch is pulled, and would else be judged, and proved, on a document without it. It can be
   * pushed again.
   */
  function makeWayFor({ id, service }: ActiveRollout, { person }: Command): void {
    for (const [other, { active, folded }] of work) {
      const { at } = folded.state.phase;
      if (other === id || active.service !== service || isFinished(at) || isBackward(at)) continue;
      apply(other, [{ type: 'undo', by: person, reason: `${id} switches a product off` }]);
    }
  }

  function undo(command: Command): CommandResult {
    const { leaves, known } = undoTargets(
      [...work.values()].map((step) => ({ ...step.active, state: step.folded.state })),
      command,
    );
    const { to } = command.body;
    for (const { id, state } of leaves) {
      const step = work.get(id);
      // What goes back already leads where its first undo said.
      if (step !== undefined && typeof to === 'string' && !isBackward(state.phase.at))
        work.set(id, { ...step, backTo: to });
      apply(id, [eventOf(command)]);
    }
    if (known.length === 0) return { ok: false, reason: `there is no rollout ${leftBy(command).join(', ')}` };
    return { ok: true, rollouts: known.map(({ id }) => id) };
  }

  function approvalBy({ person }: Command, { id, state, service }: ActiveRollout, breakGlass: boolean) {
    const { hash, undoTo } = state;
    return situation.approve({
      rollout: id,
      service,
      environment: PRODUCTION,
      release: hash,
      undoTo,
      person,
      breakGlass,
      at: now,
    });
  }
}

/** R6: what went back after it had begun to offer, all in one turn, offers nothing. */
function endedInThisTurn(step: Step): Step {
  const { folded } = step;
  if (!isBackward(folded.state.phase.at)) return step;
  const effects = folded.effects.filter(
    ({ type }) => type !== 'offer' && type !== 'prove' && type !== 'renew',
  );
  return { ...step, folded: { ...folded, effects } };
}

function hasMoved({ active, folded }: Step): boolean {
  return folded.state !== active.state || folded.effects.length > 0;
}

function untouched({ state }: ActiveRollout): Folded {
  return { state, effects: [] };
}
