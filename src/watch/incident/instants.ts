import type { Written } from '../journal/entry.ts';
import { isMending } from './kinds.ts';
import { suspectsOf } from './suspects.ts';
import type { View } from './view.ts';

/** The instants by which incidents are compared. */
export const INSTANTS = {
  T0: 'change pushed',
  T1: 'first bad request',
  T2: 'alarm',
  T3: 'alarm delivered',
  T4: 'acknowledged',
  T5: 'mitigation started',
  T6: 'failures back to usual',
  T7: 'all instances on a good release',
  T8: 'resolved',
  T9: 'report published',
} as const;
export type InstantName = keyof typeof INSTANTS;

export interface Instant {
  readonly name: InstantName;
  readonly what: string;
  /** `null`: it has not come, or nobody wrote it down. */
  readonly at: number | null;
  /** Of the entry that proves it; `null`: it follows from the measurements in several. */
  readonly sequence: number | null;
}

export function instantsOf(view: View): readonly Instant[] {
  const { incident, alarms, entries } = view;
  const isOurs = ({ ids }: Written) => alarms.some(({ id }) => id === ids?.alarm);
  const after = (from: number, fits: (entry: Written) => boolean) =>
    entries.find((one) => one.at >= from && fits(one));
  const { onset } = incident;
  const suspect = suspectsOf(view)[0];
  const mitigation = after(onset, isMending);
  const recovered = entries.findLast((one) => isOurs(one) && one.kind === 'alarm.resolved');
  const bad = suspect?.release ?? null;
  const left = entries.findLast(
    ({ kind, before }) => kind === 'release.seen' && bad !== null && before === bad,
  );
  const found: Record<InstantName, Written | undefined> = {
    T0: entries.find(({ sequence }) => sequence === suspect?.sequence),
    T1: undefined,
    T2: after(onset, (one) => isOurs(one) && one.kind === 'alarm.raised'),
    T3: after(onset, (one) => isOurs(one) && one.kind === 'alert.delivered'),
    T4: after(
      onset,
      (one) => (isOurs(one) && one.kind === 'alarm.acknowledged') || one.kind === 'incident.taken',
    ),
    T5: mitigation,
    T6: incident.clearSince === null ? undefined : recovered,
    T7: mitigation !== undefined && left !== undefined && left.at >= mitigation.at ? left : undefined,
    T8:
      incident.resolvedAt === null
        ? undefined
        : entries.find(({ at, after: to }) => at === incident.resolvedAt && to === 'resolved'),
    T9: entries.find(({ kind }) => kind === 'report.published'),
  };
  return (Object.keys(INSTANTS) as InstantName[]).map((name) => ({
    name,
    what: INSTANTS[name],
    at: name === 'T1' ? onset : (found[name]?.at ?? null),
    sequence: found[name]?.sequence ?? null,
  }));
}

/** How long each stretch may take, ms; `null`: no promise. */
const BUDGETS: readonly { from: InstantName; to: InstantName; what: string; budgetMs: number | null }[] = [
  { from: 'T0', to: 'T1', what: 'change to the first bad request', budgetMs: null },
  { from: 'T1', to: 'T2', what: 'first bad request to the alarm', budgetMs: 3_000 },
  { from: 'T2', to: 'T3', what: 'alarm to its delivery', budgetMs: 2_000 },
  { from: 'T3', to: 'T4', what: 'delivery to a person', budgetMs: 300_000 },
  { from: 'T1', to: 'T5', what: 'first bad request to the mitigation', budgetMs: 10_000 },
  { from: 'T5', to: 'T6', what: 'mitigation to usual', budgetMs: 60_000 },
  { from: 'T1', to: 'T6', what: 'first bad request to usual', budgetMs: 60_000 },
  { from: 'T6', to: 'T8', what: 'usual to resolved', budgetMs: 600_000 },
  { from: 'T8', to: 'T9', what: 'resolved to the report', budgetMs: 60_000 },
];

export interface Duration {
  readonly from: InstantName;
  readonly to: InstantName;
  readonly what: string;
  readonly tookMs: number | null;
  readonly budgetMs: number | null;
  readonly over: boolean;
}

export function durationsOf(instants: readonly Instant[]): readonly Duration[] {
  const at = (name: InstantName) => instants.find((one) => one.name === name)?.at ?? null;
  return BUDGETS.map(({ from, to, what, budgetMs }) => {
    const [begun, ended] = [at(from), at(to)];
    const tookMs = begun === null || ended === null ? null : ended - begun;
    return {
      from,
      to,
      what,
      tookMs,
      budgetMs,
      over: budgetMs !== null && tookMs !== null && tookMs > budgetMs,
    };
  });
}
