import { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { lockHome } from '../../supervisor/home/home-lock.ts';
import { orderDown, readState } from '../../supervisor/local-api.ts';
import { endLeftovers } from '../../supervisor/process/leftovers.ts';
import { downStatus } from '../../supervisor/status.ts';
import { exitCodes, Failure } from '../failure.ts';
import { isWithin, otherFolder } from '../local/owner.ts';
import { printJson, say } from '../terminal/terminal.ts';

const ORDER_MS = 5_000;
const POLL_MS = 50;

/**
 * Stops everything of this home, in order; also what a killed supervisor left behind. Nothing there: that is
 * fine too.
 */
export async function down({
  json,
  timeout,
  force,
}: {
  json?: true;
  timeout: number;
  force?: true;
}): Promise<void> {
  const home = homeOf();
  const deadline = Deadline.in(timeout * 1_000);
  let lock = lockHome(home);
  if (lock === undefined) {
    const state = await readState(home);
    const folder = state?.supervisor.folder;
    if (state !== undefined && folder !== undefined && !force && !isWithin(process.cwd(), folder)) {
      throw otherFolder(home, state);
    }
    if (state === undefined || !(await orderDown(state, ORDER_MS))) {
      const pid = state?.supervisor.pid;
      throw new Failure({
        what: 'The supervisor does not answer.',
        why: `It has ${home.directory}${pid === undefined ? ', and is just starting or stopping' : `, as process ${pid}`}.`,
        fix:
          pid === undefined
            ? 'Try again in a moment.'
            : `End it with \`kill -9 ${pid}\`, then run this again.`,
      });
    }
    say('stopping: what was begun is finished first');
  }
  lock ??= await lookUntil(() => lockHome(home), { everyMs: POLL_MS, deadline });
  if (lock === undefined) {
    throw new Failure({
      what: `Not everything had stopped within ${timeout} s; it goes on stopping.`,
      fix: 'See what is left with `npx imara status`.',
      exitCode: exitCodes.timedOut,
    });
  }
  await endLeftovers(home);
  lock.release();
  if (json) printJson(downStatus);
  say('stopped');
}
