import { type Database, type DatabaseClient, inTransaction } from '../../../platform/database/database.ts';
import { adopt } from '../../agreement/adopt.ts';
import { raiseOrder } from '../../agreement/epoch.ts';
import { alarmEntries, writeJudgement } from '../../alarms/store.ts';
import { type Ordered, writeAssignments } from '../../store/assignments.ts';
import { finishCommand } from '../../store/commands.ts';
import { writeAcknowledgements } from '../../store/instances.ts';
import { appendJournal } from '../../store/journal.ts';
import { insertApproval, insertReceipts } from '../../store/proofs.ts';
import { saveRollout, setCurrent, takeBackCurrent } from '../../store/rollouts.ts';
import type { Decision } from '../ports.ts';
import type { Step } from '../turn/decide.ts';
import { inForceAfter, wantedBy } from '../turn/wanted-assignments.ts';
import { claimEntry, commandEntry, entriesOf, raisedEntry, refusedByStore } from './entries.ts';
import { assertLeads } from './term.ts';

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
    for (const step of steps) {
      const { active, folded, backTo } = step;
      await saveRollout(client, { state: folded.state, version: active.version, backTo, now });
      await follow(client, step);
    }
    await insertReceipts(client, decision.receipts);
    for (const approval of decision.approvals) await insertApproval(client, approval);
    const wanted = wantedBy(steps);
    const assigned = await writeAssignments(client, wanted, now);
    for (const { command, result } of commands) await finishCommand(client, command.id, result, now);
    await writeAcknowledgements(client, decision.heard);
    const { service, judged, before } = decision.judgement;
    await writeJudgement(client, service, judged.state, now);
    await appendJournal(client, [
      ...decision.notes,
      ...(decision.raiseTo === null ? [] : [raisedEntry(decision.raiseTo, leader, now)]),
      ...adopted,
      ...decision.claims.map((claim) => claimEntry(claim, now)),
      ...commands.map(({ command, result }) => commandEntry(command, result, now)),
      ...steps.flatMap(({ active, folded }) => entriesOf(active, folded.effects, leader, now)),
      ...refusedByStore(wanted, assigned, leader, now),
      ...alarmEntries(service, judged, before, { leader, now }),
    ]);
    return assigned;
  });
}

async function follow(client: DatabaseClient, step: Step): Promise<void> {
  const after = inForceAfter(step);
  const { id, service } = step.active;
  if (after === 'this') await setCurrent(client, service, id);
  else if (after !== undefined) await takeBackCurrent(client, { service, rollout: id, hash: after.hash });
}
