import { userInfo } from 'node:os';
import { join } from 'node:path';
import { homeOf } from '../fleet/home.ts';
import { Deadline } from '../platform/deadline.ts';
import { asFailure, type ControlOptions, type ControlPlane, controlPlane } from './control-plane.ts';
import { exitCodes, Failure } from './failure.ts';
import { followRollout } from './follow.ts';
import { columns, print, printJson, say } from './terminal.ts';
import { type InstanceUndone, undoAtInstances } from './undo-at-instances.ts';

export interface UndoOptions extends ControlOptions {
  /** The release to go to, its number or hash; the proved one before when left out. */
  to?: string;
  reason: string;
}

interface Ordered {
  /** How many instances it was said to at once. */
  told: number;
  rollouts: string[];
}

/** How long control may keep an undo waiting before the instances are asked themselves. */
const CONTROL_MS = 3_000;

/**
 * R6: takes back the newest release, or all down to an older one, and stays until it is done. Through control; where that does
 * not do it, at each instance of this machine, which asks for no token.
 */
export async function undo(options: UndoOptions): Promise<void> {
  const deadline = Deadline.in(options.timeout * 1_000);
  const failure = await throughControl(options, deadline);
  if (failure === undefined) return;
  say(failure.message);
  say('The instances on this machine are asked themselves.');
  const agents = join(homeOf(process.env).directory, 'agents');
  const order = { by: `${userInfo().username}: ${options.reason}`.slice(0, 200), to: options.to };
  const undone = await undoAtInstances(agents, order, options.service, deadline);
  if (undone.length === 0) throw failure;
  report(undone, options);
}

/** Why control does not do it; `undefined` when it is done. */
async function throughControl(options: UndoOptions, deadline: Deadline): Promise<Failure | undefined> {
  const control = await controlPlane(options).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  if (control instanceof Failure) return control;
  const ordered = await order(control, options);
  if (ordered instanceof Failure) return ordered;
  for (const id of ordered.rollouts) {
    await followRollout(control, id, { seconds: Math.ceil(deadline.remainingMs() / 1_000) });
  }
  if (options.json) printJson({ through: 'control', ...ordered });
  else print(`${ordered.rollouts.join(', ')} taken back`);
  return undefined;
}

async function order(
  control: ControlPlane,
  { service, to, reason }: UndoOptions,
): Promise<Ordered | Failure> {
  const release = to !== undefined && /^\d+$/.test(to) ? Number(to) : to;
  const body = {
    ...(service && { service }),
    ...(release !== undefined && { to: release }),
    reason,
  };
  const answer = await control.ask<Ordered>({ method: 'POST', path: '/undo', body }, CONTROL_MS);
  if (answer.kind === 'done' && answer.value.rollouts.length > 0) return answer.value;
  if (answer.kind === 'done') {
    const { told } = answer.value;
    return new Failure({
      what: `Control has told ${told} instances, and cannot say yet that it is done.`,
      fix: 'It says so again until it is: see `npx imara rollout list`.',
      exitCode: exitCodes.timedOut,
    });
  }
  const failure = asFailure(answer);
  // What control knows of releases, the instances know no better; whom it does not trust, their sockets may.
  const isLastWord = answer.kind === 'refused' && [400, 404, 409].includes(answer.status);
  if (isLastWord) throw failure;
  return failure;
}

function report(undone: InstanceUndone[], { json }: UndoOptions): void {
  if (json) printJson({ through: 'instances', instances: undone });
  else {
    const rows = undone.map(({ instance, state, running, why }) => [
      instance,
      state,
      running ?? 'built-in',
      why,
    ]);
    print(columns([['INSTANCE', 'STATE', 'SERVES WITH', ''], ...rows]));
  }
  const left = undone.filter(({ state }) => state === 'not done');
  if (left.length > 0) {
    throw new Failure({
      what: `${left.length} of ${undone.length} instances have not undone it.`,
      fix: 'What was ordered goes on; give the order again to see.',
      exitCode: exitCodes.timedOut,
    });
  }
  if (undone.every(({ state }) => state === 'untouched')) {
    throw new Failure({
      what: 'There was nothing to undo.',
      exitCode: exitCodes.refused,
    });
  }
  say('Done here. Control hears of it from the instances when it is back; on other machines run it there.');
}
