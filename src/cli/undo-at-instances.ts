import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { askStatus, undoHere } from '../agent/local/client.ts';
import type { LocalStatus } from '../agent/local/socket.ts';
import type { Deadline } from '../platform/deadline.ts';

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
    answer.ok && (service === undefined || answer.value.service === service)
      ? [{ name, status: answer.value }]
      : [],
  );
  const silent = asked.flatMap(({ name, answer }): InstanceUndone[] =>
    answer.ok ? [] : [{ instance: name, state: 'not done', running: null, why: answer.reason }],
  );
  const undone = reached.map(async ({ name, status }): Promise<InstanceUndone> => {
    const peers = reached.map((each) => each.status).filter((each) => each.service === status.service);
    const way = wayOf(status, peers, order.to);
    const { running } = status;
    if ('stays' in way) return { instance: name, running, state: way.state, why: way.stays };
    const done = await undoHere(join(directory, name), { by: order.by, ...way }, deadline);
    return done.ok
      ? { instance: name, running: done.value.running, state: 'undone', why: '' }
      : { instance: name, running, state: 'not done', why: done.reason };
  });
  return [...(await Promise.all(undone)), ...silent];
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
