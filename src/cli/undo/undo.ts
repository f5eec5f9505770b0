import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Answer, AnswerTo } from '../../control/client.ts';
import type { Named } from '../../control/undo/candidates.ts';
import { Deadline } from '../../platform/deadline.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { asFailure, type ControlOptions, type ControlPlane, controlPlane } from '../control/control-plane.ts';
import { exitCodes, Failure } from '../failure.ts';
import { followRollout } from '../releases/follow.ts';
import { columns, print, printJson, say } from '../terminal/terminal.ts';
import { type InstanceUndone, undoAtInstances } from './at-instances.ts';
import { confirm } from './confirm.ts';
import { nameOf, planOf } from './plan.ts';

export interface UndoOptions extends ControlOptions {
  /** The release to leave: its number, hash or rollout; what was changed last when left out. */
  from?: string;
  /** The release to go to, its number or hash; the proved one before when left out. */
  to?: string;
  /** Asks nothing. */
  yes?: true;
  reason: string;
}

type Ordered = Pick<AnswerTo<'POST /undo'>, 'told' | 'leaves' | 'rollouts'>;

/**
 * How long control may keep an undo waiting before the instances are asked themselves: to say what stands,
 * and to do it.
 */
const STANDS_MS = 1_500;
const CONTROL_MS = 3_000;
/** An undo is done in a tenth of a second; who waits for it looks often. */
const LOOK_MS = 40;

/** What control left to be done at the instances. */
interface Rest {
  readonly why: Failure;
  /** What was ordered, where control could say what there is to be left. */
  readonly leaves: readonly Named[] | undefined;
  /** Hash to go to. */
  readonly to: string | undefined;
  /** How many instances control said it to. */
  readonly told: number;
}

/**
 * R6: takes back one release and stays until it is done. R17: what it leaves is known before it is ordered,
 * and has the same name on every path: through control; and where that does not do it, at each instance of
 * this machine, which asks for no token.
 */
export async function undo(options: UndoOptions): Promise<void> {
  const deadline = Deadline.in(options.timeout * 1_000);
  const id = randomUUID();
  const rest = await throughControl(id, options, deadline);
  if (rest === undefined) return;
  say(rest.why.message);
  say('The instances on this machine are asked themselves.');
  const agents = join(homeOf().directory, 'agents');
  const { leaves, to = options.to, told } = rest;
  const order = { id, by: `${userInfo().username}: ${options.reason}`.slice(0, 200), leaves, to };
  const wish = { from: options.from, yes: options.yes ?? false };
  const undone = await undoAtInstances(agents, { ...order, wish }, options.service, deadline);
  if (undone.length === 0) throw rest.why;
  report(undone, rest, options);
  if (told > undone.length) {
    throw new Failure({
      what: `Control has told ${told} instances, of which ${undone.length} are on this machine.`,
      fix: 'Run it on the other machines, or see `npx imara fleet list` when control is back.',
      exitCode: exitCodes.timedOut,
    });
  }
}

/** What is left to do; `undefined` when all is done. */
async function throughControl(
  id: string,
  options: UndoOptions,
  deadline: Deadline,
): Promise<Rest | undefined> {
  const nothingKnown = { leaves: undefined, to: undefined, told: 0 };
  const control = await controlPlane(options).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  if (control instanceof Failure) return { why: control, ...nothingKnown };
  const query = { service: options.service, to: options.to };
  const stands = await control.ask('GET /undo', { query }, { timeoutMs: STANDS_MS });
  if (stands.kind !== 'done') {
    const why = asFailure(stands);
    if (isLastWord(stands)) throw why;
    return { why, ...nothingKnown };
  }
  const plan = planOf(stands.value, { from: options.from, yes: options.yes ?? false });
  switch (plan.kind) {
    case 'nothing':
      throw new Failure({ what: plan.says, exitCode: exitCodes.refused });
    case 'left': {
      const { rollout } = plan.left;
      await follow(control, [rollout], deadline);
      await done(control, options, { told: 0, leaves: [rollout], rollouts: [rollout] });
      return undefined;
    }
    case 'question':
      if (plan.first !== undefined) await follow(control, [plan.first.rollout], deadline);
      await confirm(plan.says, plan.question);
      break;
    case 'order':
      break;
    default:
      throw new Error(`unknown: ${plan satisfies never}`);
  }
  const { leaves } = plan;
  say(`Taking back ${leaves.map(nameOf).join(' and ')}.`);
  const ordered = await order(control, id, leaves, options);
  const to = stands.value.to?.hash;
  if ('why' in ordered) return { ...ordered, leaves, to };
  await follow(control, ordered.rollouts, deadline);
  await done(control, options, ordered);
  return undefined;
}

async function order(
  control: ControlPlane,
  id: string,
  leaves: readonly Named[],
  { service, to, reason }: UndoOptions,
): Promise<Ordered | Pick<Rest, 'why' | 'told'>> {
  const [first] = leaves;
  const body = {
    ...(service && { service }),
    ...(first && { rollout: first.rollout }),
    ...(to !== undefined && { to }),
    reason,
  };
  const answer = await control.ask('POST /undo', { body }, { timeoutMs: CONTROL_MS, key: id });
  if (answer.kind === 'done' && answer.value.rollouts.length > 0) return answer.value;
  if (answer.kind === 'done') {
    const { told } = answer.value;
    const why = new Failure({
      what: `Control has told ${told} instances, and cannot write it down yet: its store does not answer.`,
      fix: `It does when the store is back: see \`npx imara rollout status ${first?.rollout}\`.`,
      exitCode: exitCodes.timedOut,
    });
    return { why, told };
  }
  const why = asFailure(answer);
  if (isLastWord(answer)) throw why;
  return { why, told: 0 };
}

/**
 * What control knows of releases, the instances know no better; whom it does not trust, their sockets may.
 */
function isLastWord(answer: Exclude<Answer<unknown>, { kind: 'done' }>): boolean {
  return answer.kind === 'refused' && [400, 404, 409].includes(answer.status);
}

async function follow(control: ControlPlane, rollouts: readonly string[], deadline: Deadline): Promise<void> {
  for (const id of rollouts) {
    const seconds = Math.ceil(deadline.remainingMs() / 1_000);
    await followRollout(control, id, { seconds, everyMs: LOOK_MS });
  }
}

/** What was taken back, and what is in force now. */
async function done(control: ControlPlane, { json, service }: UndoOptions, ordered: Ordered): Promise<void> {
  const answer = await control.ask('GET /undo', { query: { service } }, { timeoutMs: STANDS_MS });
  const inForce = answer.kind === 'done' ? answer.value.inForce : undefined;
  if (json) return printJson({ through: 'control', ...ordered, inForce });
  print(`${ordered.rollouts.join(', ')} taken back`);
  if (inForce !== undefined) say(`In force is ${inForce === null ? 'what is built in' : nameOf(inForce)}.`);
}

function report(undone: readonly InstanceUndone[], { why, leaves, told }: Rest, { json }: UndoOptions): void {
  if (json) {
    const names = leaves?.map(({ rollout, hash }) => ({ rollout, hash }));
    const control = why.message;
    printJson({ through: 'instances', control, ...(names && { leaves: names }), told, instances: undone });
  } else {
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
  if (leaves !== undefined) {
    say(
      `None of the ${undone.length} instances on this machine has ${leaves.map(nameOf).join(' or ')} any more.`,
    );
    if (why.fix) say(why.fix);
    return;
  }
  if (undone.every(({ state }) => state === 'untouched')) {
    throw new Failure({ what: 'There was nothing to undo.', exitCode: exitCodes.refused });
  }
  say('Done here. Control hears of it from the instances when it is back; on other machines run it there.');
}
