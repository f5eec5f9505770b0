import type { Written } from '../journal/entry.ts';
import { lasting } from './eat.ts';
import { isChange, isMending } from './kinds.ts';
import type { View } from './view.ts';

/** A change that may be the cause, and why it is thought so. */
export interface Suspect {
  readonly release: string | null;
  readonly rollout: string | null;
  readonly subject: string;
  readonly actor: string | null;
  /** Of its first entry. */
  readonly at: number;
  readonly sequence: number;
  readonly text: string;
  /** 0 to 1. */
  readonly score: number;
  readonly reasons: readonly string[];
}

const HOUR_MS = 3_600_000;
/** What each kind of reason weighs; together 1. */
const WEIGHTS = { release: 0.5, undone: 0.25, near: 0.25 };

/** All that changed in the hour before the onset, the likeliest first. */
export function suspectsOf({ incident, alarms, entries }: View): readonly Suspect[] {
  const { onset } = incident;
  const bad = new Set(alarms.flatMap(({ release }) => release ?? []));
  const mending = entries.filter((one) => one.at >= onset && isMending(one));
  const changes = entries.filter((one) => isChange(one) && !isMending(one) && one.at <= onset);
  const releaseOf = new Map(
    changes.flatMap(({ ids }) => (ids?.rollout && ids.release ? [[ids.rollout, ids.release]] : [])),
  );
  const keyOf = ({ ids, subject }: Written): string =>
    ids?.release ?? releaseOf.get(ids?.rollout ?? '') ?? ids?.rollout ?? subject;

  return [...Map.groupBy(changes, keyOf)]
    .flatMap(([key, group]): Suspect[] => {
      const [first] = group;
      const last = group.at(-1);
      if (first === undefined || last === undefined) return [];
      const release = group.find(({ ids }) => ids?.release !== undefined)?.ids?.release ?? null;
      const rollout = group.find(({ ids }) => ids?.rollout !== undefined)?.ids?.rollout ?? null;
      const isBad = release !== null && bad.has(release);
      const wasUndone = mending.some(
        ({ ids }) => ids?.release === key || (rollout !== null && ids?.rollout === rollout),
      );
      // What it did last counts: a release pushed half an hour ago may have reached its instance just now.
      const near = 1 - Math.min(1, (onset - last.at) / HOUR_MS);
      const score = (isBad ? WEIGHTS.release : 0) + (wasUndone ? WEIGHTS.undone : 0) + WEIGHTS.near * near;
      const reasons = [
        ...(isBad ? [`the bad requests ran on release ${release}`] : []),
        ...(wasUndone ? ['it was undone to end the incident'] : []),
        `it began ${lasting(onset - first.at)} before the first bad request`,
        ...(last === first ? [] : [`its last step was ${lasting(onset - last.at)} before it`]),
      ];
      const { subject, at, sequence } = first;
      const text = first.text ?? `${first.kind} ${subject}`;
      return [{ release, rollout, subject, actor: first.actor ?? null, at, sequence, text, score, reasons }];
    })
    .sort((a, b) => b.score - a.score || b.at - a.at);
}
