import type { Database } from '../../../platform/database/database.ts';
import type { TrustedKey, Verify } from '../../../rollout/signed/signed.ts';
import { storedOrder } from '../../agreement/epoch.ts';
import { keepJudgement, readJudgements } from '../../alarms/store.ts';
import { allAssignments } from '../../store/assignments.ts';
import { insertCommand, openCommands } from '../../store/commands.ts';
import { freezesFrom } from '../../store/freezes.ts';
import { countLately, readAcknowledgements } from '../../store/instances.ts';
import { approvalsOf, validReceipts } from '../../store/proofs.ts';
import { findRelease } from '../../store/releases.ts';
import {
  activeRollouts,
  fatesOf,
  findRollout,
  rolloutsEndedSince,
  rolloutsInForce,
} from '../../store/rollouts.ts';
import type { LeaderStore } from '../ports.ts';
import { commit } from './commit.ts';

/**
 * The leader's store in PostgreSQL. It holds nothing; each of its waits is one of the pool's, which has
 * deadlines. What decides stays out of here: `sim/parts/control/store.ts` would have to say it a second time.
 */
export function createLeaderStore({
  database,
  keys,
  verify,
}: {
  database: Database;
  keys: () => readonly TrustedKey[];
  verify: Verify;
}): LeaderStore {
  return {
    highestOrder: () => storedOrder(database),
    openCommands: () => openCommands(database),
    async keepCommand(command, now) {
      await insertCommand(database, command, now);
    },
    async freezes(now) {
      const rows = await freezesFrom(database, now);
      return rows.map(({ id, from, to }) => ({ id, from, to }));
    },
    async takeOver({ endedSince }) {
      return {
        acknowledged: await readAcknowledgements(database),
        expected: await countLately(database),
        words: await allAssignments(database),
        ended: await rolloutsEndedSince(database, null, endedSince),
        judgements: await readJudgements(database),
      };
    },
    async rollouts(served) {
      return {
        active: await activeRollouts(database, served),
        inForce: await rolloutsInForce(database),
        fates: await fatesOf(database, served),
      };
    },
    findRollout: (id) => findRollout(database, id),
    async offered({ id, service, sequence, state }, now) {
      const release = await findRelease(database, service, sequence, keys(), verify);
      if (release === undefined || release.hash !== state.hash) return null;
      const approvals = await approvalsOf(database, id);
      const receipts = await validReceipts(database, service, release.hash, now);
      return { release, undoTo: state.undoTo, approvals, receipts };
    },
    commit: (decision) => commit(database, decision),
    keepJudgement: (fence, judgement) => keepJudgement(database, fence, judgement),
  };
}
