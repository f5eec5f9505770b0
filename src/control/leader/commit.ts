import type { JsonObject } from '../../config/canonical.ts';
import { plainJson } from '../../config/canonical.ts';
import { type Database, type DatabaseClient, inTransaction } from '../../platform/database/database.ts';
import type { AfterProof, Judged } from '../../rollout/alarm/after-proof.ts';
import type { RolloutEffect } from '../../rollout/machine/state.ts';
import type { AgentMessage } from '../../rollout/protocol.ts';
import type { Approval } from '../../rollout/signed/approval.ts';
import type { Receipt } from '../../rollout/signed/receipt.ts';
import type { Signed } from '../../rollout/signed/signed.ts';
import type { Told } from '../agents/registry.ts';
import { type Adopting, adopt } from '../agreement/adopt.ts';
import { raiseOrder } from '../agreement/epoch.ts';
import { alarmEntries, writeJudgement } from '../alarms/store.ts';
import { type Assignment, type Ordered, writeAssignments } from '../store/assignments.ts';
import { type Command, type CommandResult, finishCommand } from '../store/commands.ts';
import { type Acknowledgement, writeAcknowledgements } from '../store/instances.ts';
import { appendJournal, type Entry } from '../store/journal.ts';
import { insertApproval, insertReceipts } from '../store/proofs.ts';
import { saveRollout, setCurrent, takeBackCurrent } from '../store/rollouts.ts';
import type { ActiveRollout, Folded } from './active-rollout.ts';
import { assertLeads } from './election.ts';
import { PRODUCTION, TESTING } from './events.ts';

/** Everything one turn of the leader decided about one service. */
export interface Decision {
  readonly fence: number;
  readonly leader: string;
  readonly now: number;
  readonly steps: readonly {
    readonly active: ActiveRollout;
    readonly folded: Folded;
    readonly backTo: string | null;
  }[];
  readonly commands: readonly { readonly command: Command; readonly result: CommandResult }[];
  readonly approvals: readonly Signed<Approval>[];
  readonly receipts: readonly Signed<Receipt>[];
  readonly told: readonly Told[];
  readonly heard: readonly Acknowledgement[];
  readonly notes: readonly Entry[];
  readonly raiseTo: number | null;
  readonly adopting: Adopting | null;
  readonly judgement: {
    readonly service: string;
    readonly judged: Judged;
    readonly before: AfterProof | undefined;
  };
}

/**
 * Writes it in one transaction: state, proofs, what is wanted of each instance, what people are answered, and
 * the journal of it all. Returns what was assigned, to be said to the instances after the commit. Throws
 * `Deposed` or `StaleRollout` when somebody else leads.
 */
export async function commit(database: Database, decision: Decision): Promise<Ordered[]> {
  const { fence, leader, now, steps, commands } = decision;
  return inTransaction(database, async (client) => {
    await assertLeads(client, fence);
    // Before anything that takes an order.
    if (decision.raiseTo !== null) await raiseOrder(client, decision.raiseTo, now);
    const adopted = decision.adopting === null ? [] : [await adopt(client, decision.adopting)];
    for (const { active, folded, backTo } of steps) {
      await saveRollout(client, { state: folded.state, version: active.version, backTo, now });
      await followCurrent(client, active, folded, backTo);
    }
    await insertReceipts(client, decision.receipts);
    for (const approval of decision.approvals) await insertApproval(client, approval);
    const wanted = steps.flatMap(assignmentsOf);
    const assigned = await writeAssignments(client, lastOfEach(wanted), now);
    for (const { command, result } of commands) await finishCommand(client, command.id, result, now);
    await writeAcknowledgements(client, decision.heard);
    const { service, judged, before } = decision.judgement;
    await writeJudgement(client, service, judged.state, now);
    await appendJournal(client, [
      ...decision.notes,
      ...(decision.raiseTo === null ? [] : [raisedEntry(decision.raiseTo, leader, now)]),
      ...adopted,
      ...decision.told.map((told) => toldEntry(told, now)),
      ...commands.map(({ command, result }) => commandEntry(command, result, now)),
      ...steps.flatMap(({ active, folded }) => entriesOf(active, folded.effects, leader, now)),
      ...refusedByStore(wanted, assigned, leader, now),
      ...alarmEntries(service, judged, before, { leader, now }),
    ]);
    return assigned;
  });
}

/** The release in force changes when one is proved, and when that one is undone. */
async function followCurrent(
  client: DatabaseClient,
  { id, service, state }: ActiveRollout,
  folded: Folded,
  backTo: string | null,
): Promise<void> {
  const { at } = folded.state.phase;
  if (at === state.phase.at) return;
  if (at === 'proved') await setCurrent(client, service, id);
  if (at === 'rolling_back' || at === 'rolled_back') {
    await takeBackCurrent(client, { service, rollout: id, hash: backTo ?? folded.state.undoTo });
  }
}

function assignmentsOf({ active, folded, backTo }: Decision['steps'][number]): Assignment[] {
  const { service, id } = active;
  const { state, effects } = folded;
  return effects.flatMap((effect): Assignment[] => {
    if (effect.type !== 'offer' && effect.type !== 'prove' && effect.type !== 'undo') return [];
    const { instance } = effect;
    const environment = state.instances[instance]?.environment === 'testing' ? TESTING : PRODUCTION;
    const common = {
      service,
      instance,
      environment,
      rollout: id,
      hash: state.hash,
      undoTo: null,
      attempt: 1,
    };
    switch (effect.type) {
      case 'offer':
        return [
          {
            ...common,
            action: 'offer',
            leaseMs: effect.leaseMs,
            breakGlass: effect.breakGlass,
            attempt: effect.attempt,
          },
        ];
      case 'prove':
        return [{ ...common, action: 'proof', leaseMs: null, breakGlass: false }];
      case 'undo':
        return [{ ...common, action: 'undo', undoTo: backTo ?? effect.to, leaseMs: null, breakGlass: false }];
      default:
        return effect satisfies never;
    }
  });
}

function lastOfEach(assignments: readonly Assignment[]): Assignment[] {
  return [...new Map(assignments.map((each) => [each.instance, each])).values()];
}

function raisedEntry(order: number, leader: string, at: number): Entry {
  const reason =
    'an instance knows an order that the store does not: the store was put back to an older state';
  return {
    at,
    actor: `control:${leader}`,
    kind: 'store.behind',
    subject: 'control',
    data: { order, reason },
  };
}

/** What of a message may be kept: of a release that was shown its name, because its content holds secrets. */
function sayable(message: AgentMessage): Record<string, unknown> & { rollout?: string | null } {
  if (message.type !== 'shown') return message;
  const { hash, sequence } = message.release;
  return { type: message.type, hash, sequence, rollout: message.vouch.rollout };
}

/** `at` is control's time: an instance's own clock may say anything. */
function toldEntry({ instance, numbered: { message, at: saidAt } }: Told, at: number): Entry {
  const { type, ...said } = { ...sayable(message), type: message.type };
  const data = { ...said, saidAt };
  const subject = said.rollout ?? instance;
  return { at, actor: `instance:${instance}`, kind: `agent.${type}`, subject, data: plainJson(data) };
}

function commandEntry(
  { id, kind, rollout, service, person, body }: Command,
  result: CommandResult,
  at: number,
): Entry {
  const data: JsonObject = { command: id, ...body, ...(result.ok ? {} : { refused: result.reason }) };
  return { at, actor: person, kind: `operator.${kind}`, subject: rollout ?? service, data };
}

function entriesOf(
  { id }: ActiveRollout,
  effects: readonly RolloutEffect[],
  leader: string,
  at: number,
): Entry[] {
  const common = { at, actor: `control:${leader}`, subject: id };
  const sent = Object.entries({ offer: 'offered', prove: 'told_to_keep', undo: 'told_back' }).flatMap(
    ([type, kind]): Entry[] => {
      const instances = effects.flatMap((effect) =>
        effect.type === type && 'instance' in effect ? [effect.instance] : [],
      );
      return instances.length === 0 ? [] : [{ ...common, kind: `rollout.${kind}`, data: { instances } }];
    },
  );
  const decided = effects.flatMap((effect): Entry[] => {
    if (effect.type !== 'journal') return [];
    const { what, ...data } = effect.entry;
    return [{ ...common, kind: `rollout.${what}`, data: plainJson(data) }];
  });
  return [...decided, ...sent];
}

/** R2: an offer that the store would not take; the wave then runs into its deadline, and goes back. */
function refusedByStore(
  wanted: readonly Assignment[],
  assigned: readonly Ordered[],
  leader: string,
  at: number,
): Entry[] {
  const written = new Set(assigned.map(({ instance }) => instance));
  const refused = lastOfEach(wanted).filter(({ instance }) => !written.has(instance));
  return [...Map.groupBy(refused, ({ rollout }) => rollout)].map(([rollout, offers]) => ({
    at,
    actor: `control:${leader}`,
    kind: 'rollout.refused_by_store',
    subject: rollout,
    data: {
      instances: offers.map(({ instance }) => instance),
      reason: 'no passed receipt from testing for this content is valid',
    },
  }));
}
