import type { LocalStatus } from '../../agent/local/socket.ts';
import { LATELY_MS } from '../../control/undo/candidates.ts';
import { isNamed, shortHash } from '../../control/undo/way-back.ts';
import type { Wish } from './plan.ts';

/** A release as instances name it. */
export interface LocalName {
  readonly hash: string;
  /** That brought it, where it is known. */
  readonly rollout: string | null;
}

type Status = Pick<LocalStatus, 'service' | 'running' | 'good' | 'coming' | 'rollout' | 'ring' | 'lastUndo'>;

export type LocalPlan =
  | { readonly kind: 'order'; readonly leaves: readonly LocalName[]; readonly to: string | undefined }
  | {
      readonly kind: 'question';
      readonly says: string;
      readonly question: string;
      readonly leaves: readonly LocalName[];
      readonly to: string | undefined;
    }
  | { readonly kind: 'refused'; readonly says: string; readonly advice: string };

/**
 * The same as `planOf` with control away, by what the instances of one service say: what is on its way in
 * anywhere, else the newest that anybody serves with.
 */
export function planAtInstances(
  statuses: readonly Status[],
  to: string | undefined,
  { from, yes }: Wish,
): LocalPlan {
  const services = [...new Set(statuses.map(({ service }) => service))];
  if (services.length > 1) {
    const says = `Instances of ${services.length} services are on this machine: ${services.join(', ')}.`;
    return { kind: 'refused', says, advice: 'Name the one that is meant: --service NAME.' };
  }
  const coming = distinct(
    statuses.flatMap((each) => (each.coming === null ? [] : { hash: each.coming, rollout: each.rollout })),
  );
  const served = newestServed(statuses);
  if (from !== undefined) {
    const meant = [...coming, ...served].filter((each) => isMeant(each, from, statuses));
    if (meant.length > 0) return { kind: 'order', leaves: meant, to: undefined };
    const says = `No instance on this machine has ${from}, or it is not the newest here.`;
    return { kind: 'refused', says, advice: 'Nothing was taken back.' };
  }
  const ago = Math.min(...statuses.map(({ lastUndo }) => lastUndo?.agoMs ?? Number.POSITIVE_INFINITY));
  const leaves = to === undefined ? (coming.length > 0 ? coming : served) : [...coming, ...served];
  const justNow = ago <= LATELY_MS && coming.length === 0 && leaves.length > 0;
  const says = justNow ? [`An undo was ordered here ${Math.ceil(ago / 1_000)} s ago.`] : [];
  if (to !== undefined) {
    const target = targetIn(statuses, to);
    if ('refusal' in target) return target.refusal;
    if (target.takes.length > 1)
      says.push(`Going to release ${target.sequence} takes back releases ${target.takes.join(', ')}.`);
  }
  if (says.length === 0 || yes) return { kind: 'order', leaves, to };
  const question = `Take back ${leaves.map(({ hash }) => shortHash(hash)).join(' and ')}?`;
  return { kind: 'question', says: says.join('\n'), question, leaves, to };
}

/** What is served with where no release is on its way: the newest of the rings. */
function newestServed(statuses: readonly Status[]): LocalName[] {
  const served = statuses.flatMap(({ running, ring }) => ring.filter(({ hash }) => hash === running));
  const [newest] = served.toSorted((a, b) => b.sequence - a.sequence);
  return newest === undefined ? [] : [{ hash: newest.hash, rollout: null }];
}

/** Where an undo may lead here: what is in a ring behind what that instance serves with. */
function targetIn(
  statuses: readonly Status[],
  to: string,
): { sequence: number; takes: number[] } | { refusal: LocalPlan & { kind: 'refused' } } {
  const ways = statuses.map(({ running, ring }) => {
    const at = ring.findIndex(({ hash }) => hash === running);
    return { passed: ring.slice(0, at + 1), older: ring.slice(at + 1) };
  });
  for (const { passed, older } of ways) {
    const index = older.findIndex((entry) => isNamed(entry, to));
    const found = older[index];
    if (found === undefined) continue;
    const takes = [...passed, ...older.slice(0, index)].map(({ sequence }) => sequence);
    return { sequence: found.sequence, takes };
  }
  const isRunning = statuses.some(({ running, ring }) =>
    ring.some((entry) => entry.hash === running && isNamed(entry, to)),
  );
  const says = isRunning
    ? `Release ${to} is what the instances on this machine serve with.`
    : `No instance on this machine has proved release ${to} before what it serves with.`;
  const could = [...new Set(ways.flatMap(({ older }) => older.map(({ sequence }) => sequence)))];
  const advice =
    could.length === 0 ? 'There is no older one to go to.' : `They can go to release ${could.join(', ')}.`;
  return { refusal: { kind: 'refused', says, advice } };
}

function isMeant({ hash, rollout }: LocalName, wanted: string, statuses: readonly Status[]): boolean {
  if (rollout === wanted) return true;
  const entry = statuses.flatMap(({ ring }) => ring).find((each) => each.hash === hash);
  // A rollout is named by its service and its release's sequence.
  const sequence = entry?.sequence ?? Number(/-(\d+)$/.exec(rollout ?? '')?.[1] ?? Number.NaN);
  const named = statuses.some(({ service }) => wanted === `${service}-${sequence}`);
  return named || isNamed({ sequence, hash }, wanted);
}

function distinct(names: readonly LocalName[]): LocalName[] {
  return [...new Map(names.map((each) => [`${each.hash} ${each.rollout}`, each])).values()];
}
