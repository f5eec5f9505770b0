import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { askStatus, type LocalAnswer, undoHere } from '../../agent/local/client.ts';
import type { LocalStatus } from '../../agent/local/socket.ts';
import { isNamed } from '../../control/undo/way-back.ts';
import { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { exitCodes, Failure } from '../failure.ts';
import { confirm } from './confirm.ts';
import { type LocalName, planAtInstances } from './local-plan.ts';
import type { Wish } from './plan.ts';

/** What became of one instance. */
export interface InstanceUndone {
  instance: string;
  /** `untouched`: it does not have what is left. */
  state: 'undone' | 'untouched' | 'not done';
  /** Hash it serves with, as far as known; `null`: the built-in configuration. */
  running: string | null;
  why: string;
}

export interface LocalOrder {
  /** The order's id, on every path. */
  id: string;
  /** Who gives it, and why, for the journal. */
  by: string;
  /** What is left, where control could say it; else the instances are asked. */
  leaves: readonly LocalName[] | undefined;
  /** A release's number or hash; the proved one before when absent. */
  to: string | undefined;
  wish: Wish;
}

type Reached = { name: string; status: LocalStatus };

/**
 * An instance that is just being started has no socket yet: it is asked again for so long, and keeps no other
 * waiting.
 */
const STARTING_MS = 3_000;
const ASK_AGAIN_MS = 200;

/**
 * R6: the undo with control away, given to every agent under `directory` over its own socket, all at once.
 * R17: all are given the same name of what is left; who does not have it, or not any more, moves nothing.
 */
export async function undoAtInstances(
  directory: string,
  order: LocalOrder,
  service: string | undefined,
  deadline: Deadline,
): Promise<InstanceUndone[]> {
  const names = await readdir(directory).catch(() => []);
  const asked = await Promise.all(
    names.toSorted().map(async (name) => ({ name, answer: await askStatus(join(directory, name)) })),
  );
  const isAsked = ({ status }: Reached) => service === undefined || status.service === service;
  const reached = asked.flatMap(({ name, answer }) => (answer.ok ? [{ name, status: answer.value }] : []));
  const silent = asked.flatMap(({ name, answer }) => (answer.ok ? [] : name));
  // Nobody else knows what there is to be left: the order waits for them.
  const late = reached.length > 0 ? [] : await Promise.all(silent.map((name) => heardLater(directory, name)));
  const known = [...reached, ...late.flatMap((each) => (each.answer.ok ? reachedBy(each) : []))].filter(
    isAsked,
  );
  const way = await decided(known, order);

  const undo = async ({ name, status }: Reached): Promise<InstanceUndone> => {
    const { running, coming, good, ring } = status;
    const { to } = way;
    const goal = to === undefined ? undefined : ring.find((entry) => isNamed(entry, to));
    const has = [coming, running, good].find((hash) => way.leaves.some((each) => each.hash === hash));
    // An older one that a rollout had not reached yet is left too where an undo leads further back.
    const older = goal !== undefined && running !== goal.hash ? running : null;
    const leaves =
      way.leaves.find(({ hash }) => hash === has) ??
      (older === null ? way.leaves[0] : { hash: older, rollout: null });
    if (leaves === undefined)
      return { instance: name, running, state: 'untouched', why: 'it has nothing to leave' };
    const done = await undoHere(
      join(directory, name),
      { order: order.id, by: order.by, from: leaves.hash, rollout: leaves.rollout, to: goal?.hash ?? null },
      deadline,
    );
    if (!done.ok) return { instance: name, running, state: 'not done', why: done.reason };
    const now = done.value.running;
    const elsewhere = to !== undefined && goal === undefined ? `it had not proved ${to}` : '';
    return done.has
      ? { instance: name, running: now, state: 'undone', why: elsewhere }
      : { instance: name, running: now, state: 'untouched', why: 'it does not have it' };
  };
  const ordered = await Promise.all([
    ...known.map(undo),
    ...silent
      .filter((name) => known.every((each) => each.name !== name))
      .map(async (name): Promise<InstanceUndone[]> => {
        const { answer } = late.find((each) => each.name === name) ?? (await heardLater(directory, name));
        if (!answer.ok) return [{ instance: name, state: 'not done', running: null, why: answer.reason }];
        const one = { name, status: answer.value };
        return isAsked(one) ? [await undo(one)] : [];
      }),
  ]);
  return ordered.flat();
}

/**
 * What every instance is ordered to leave, and for what. Where control has not said it, a person may be
 * asked.
 */
async function decided(
  known: readonly Reached[],
  { leaves, to, wish }: LocalOrder,
): Promise<{ leaves: readonly LocalName[]; to: string | undefined }> {
  if (leaves !== undefined) return { leaves, to };
  const plan = planAtInstances(
    known.map(({ status }) => status),
    to,
    wish,
  );
  switch (plan.kind) {
    case 'order':
      return plan;
    case 'question':
      await confirm(plan.says, plan.question);
      return plan;
    case 'refused':
      throw new Failure({ what: plan.says, fix: plan.advice, exitCode: exitCodes.refused });
    default:
      throw new Error(`unknown: ${plan satisfies never}`);
  }
}

interface Heard {
  name: string;
  answer: LocalAnswer<LocalStatus>;
}

async function heardLater(directory: string, name: string): Promise<Heard> {
  let answer: LocalAnswer<LocalStatus> = { ok: false, reason: 'it was not asked' };
  await lookUntil(
    async () => {
      answer = await askStatus(join(directory, name));
      return answer.ok || undefined;
    },
    { everyMs: ASK_AGAIN_MS, deadline: Deadline.in(STARTING_MS) },
  );
  return { name, answer };
}

function reachedBy({ name, answer }: Heard): Reached[] {
  return answer.ok ? [{ name, status: answer.value }] : [];
}
