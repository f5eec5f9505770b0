import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askStatus, type LocalAnswer, undoHere } from '../agent/local/client.ts';
import type { LocalStatus } from '../agent/local/socket.ts';
import { Deadline } from '../platform/deadline.ts';

/** What became of one instance. */
export interface InstanceUndone {
  instance: string;
  /** `untouched`: it has nothing to leave. */
  state: 'undone' | 'untouched' | 'not done';
  /** Hash it serves with, as far as known; `null`: the built-in configuration. */
  running: string | null;
  why: string;
}

interface Order {
  /** Who gives it, and why, for the journal. */
  by: string;
  /** A release's number or hash; the proved one before when absent. */
  to: string | undefined;
}

type Reached = { name: string; status: LocalStatus };

/** An instance that is just being started has no socket yet: it is asked again for so long, and keeps no other waiting. */
const STARTING_MS = 3_000;
const ASK_AGAIN_MS = 200;

/**
 * R6: the undo with control away, given to every agent under `directory` over its own socket, all at once. Without `to`
 * only those leave a release that have the newest, so that an instance that a rollout had not reached keeps the one before.
 */
export async function undoAtInstances(
  directory: string,
  order: Order,
  service: string | undefined,
  deadline: Deadline,
): Promise<InstanceUndone[]> {
  const names = await readdir(directory).catch(() => []);
  const asked = await Promise.all(
    names.toSorted().map(async (name) => ({ name, answer: await askStatus(join(directory, name)) })),
  );
  const reached: Reached[] = asked.flatMap(({ name, answer }) =>
    answer.ok ? [{ name, status: answer.value }] : [],
  );
  const undo = async ({ name, status }: Reached): Promise<InstanceUndone[]> => {
    if (service !== undefined && status.service !== service) return [];
    const others = reached.filter((each) => each.name !== name).map((each) => each.status);
    const peers = [status, ...others].filter((each) => each.service === status.service);
    const way = wayOf(status, peers, order.to);
    const { running } = status;
    if ('stays' in way) return [{ instance: name, running, state: way.state, why: way.stays }];
    const done = await undoHere(join(directory, name), { by: order.by, ...way }, deadline);
    return done.ok
      ? [{ instance: name, running: done.value.running, state: 'undone', why: '' }]
      : [{ instance: name, running, state: 'not done', why: done.reason }];
  };
  const silent = asked.flatMap(({ name, answer }) => (answer.ok ? [] : name));
  const undone = await Promise.all([
    ...reached.map(undo),
    ...silent.map(async (name): Promise<InstanceUndone[]> => {
      const answer = await heardLater(join(directory, name), Deadline.in(STARTING_MS, deadline));
      if (answer.ok) return undo({ name, status: answer.value });
      return [{ instance: name, state: 'not done', running: null, why: answer.reason }];
    }),
  ]);
  return undone.flat();
}

async function heardLater(directory: string, deadline: Deadline): Promise<LocalAnswer<LocalStatus>> {
  for (;;) {
    await sleep(Math.min(ASK_AGAIN_MS, deadline.remainingMs()));
    const answer = await askStatus(directory);
    if (answer.ok || deadline.passed) return answer;
  }
}

type Way =
  | { from: string; to: string | null }
  | { stays: string; state: Exclude<InstanceUndone['state'], 'undone'> };

/** Which release an instance leaves, and for which. */
function wayOf(status: LocalStatus, peers: LocalStatus[], to: string | undefined): Way {
  const { running, good, coming, ring } = status;
  if (to === undefined) {
    const newest = newestOf(peers);
    const from = [coming, running, good].find((hash) => hash !== null && newest.includes(hash));
    if (from) return { from, to: null };
    return { stays: 'it does not have the newest release', state: 'untouched' };
  }
  const entries = peers.flatMap((peer) => peer.ring);
  const hash = entries.find((entry) => String(entry.sequence) === to || entry.hash === to)?.hash ?? to;
  const from = coming ?? running;
  if (from === hash) return { stays: 'it is there', state: 'untouched' };
  if (from === null) return { stays: 'it serves with what is built in', state: 'untouched' };
  if (ring.some((entry) => entry.hash === hash)) return { from, to: hash };
  return { stays: `release ${to} was not proved here`, state: 'not done' };
}

/** What is on its way in anywhere; else the newest that anybody serves with. */
function newestOf(peers: LocalStatus[]): string[] {
  const coming = peers.flatMap((peer) => peer.coming ?? []);
  if (coming.length > 0) return coming;
  const served = peers.flatMap(({ running, ring }) => ring.filter(({ hash }) => hash === running));
  const [newest] = served.toSorted((a, b) => b.sequence - a.sequence);
  return newest === undefined ? [] : [newest.hash];
}
