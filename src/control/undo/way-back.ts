import { RING_DEPTH } from '../../rollout/instance/ring.ts';
import { isBackward } from '../../rollout/machine/phases.ts';
import type { RolloutAt } from '../../rollout/machine/state.ts';

/** A release and what became of it. */
export interface Past {
  readonly sequence: number;
  readonly hash: string;
  /** Hash of the release it was made from; `null`: what the service has built in. */
  readonly parent: string | null;
  /** Of its rollout; `null`: it never set out. */
  readonly phase: RolloutAt | null;
  /** Where its undo was ordered to lead, when that is not its parent. */
  readonly backTo: string | null;
  readonly current: boolean;
}

export type Target =
  /** `takes`: every release that is left on the way, newest first. */
  | { readonly ok: true; readonly hash: string; readonly sequence: number; readonly takes: readonly number[] }
  | { readonly ok: false; readonly why: TargetFault; readonly reason: string; readonly advice: string };

export type TargetFault =
  | 'unknown'
  | 'ambiguous'
  | 'in_force'
  | 'undone'
  | 'not_proved'
  | 'newer'
  | 'too_old'
  | 'passed_over';

/** Fewer digits of a hash name too many releases. */
const SHORTEST_PREFIX = 4;

/**
 * Where an undo may lead: the proved releases before the one in force, newest first, as one undo after
 * another would reach them. What was undone itself is not among them: its own way back goes on.
 */
export function wayBack(past: readonly Past[]): readonly Past[] {
  const newest = past.toSorted((a, b) => b.sequence - a.sequence);
  const way: Past[] = [];
  let from = newest.find(({ current }) => current);
  let hash = from?.parent ?? null;
  while (from !== undefined && hash !== null && way.length < RING_DEPTH - 1) {
    const { sequence } = from;
    const older = newest.filter((each) => each.hash === hash && each.sequence < sequence);
    const found =
      older.find(({ phase }) => phase === 'proved') ??
      older.find(({ phase }) => phase !== null && isBackward(phase));
    if (found?.phase === 'proved') way.push(found);
    from = found;
    hash =
      found === undefined ? null : found.phase === 'proved' ? found.parent : (found.backTo ?? found.parent);
  }
  return way;
}

/**
 * Whether an undo may lead to the release that `wanted` names: its number, its hash, or how its hash begins.
 */
export function targetOf(past: readonly Past[], wanted: string): Target {
  const way = wayBack(past);
  const inForce = past.find(({ current }) => current);
  const refuse = (why: TargetFault, reason: string): Target => {
    return { ok: false, why, reason, advice: adviceFor(why, way, wanted) };
  };
  const named = past.filter((each) => isNamed(each, wanted));
  const hashes = new Set(named.map(({ hash }) => hash));
  if (hashes.size === 0) return refuse('unknown', `there is no release ${wanted}`);
  if (hashes.size > 1)
    return refuse('ambiguous', `${wanted} is how the hashes of ${hashes.size} releases begin`);
  const found = way.find((each) => named.includes(each));
  if (found !== undefined) {
    const passed = way.slice(0, way.indexOf(found));
    const takes = [...(inForce === undefined ? [] : [inForce]), ...passed].map(({ sequence }) => sequence);
    return { ok: true, hash: found.hash, sequence: found.sequence, takes };
  }
  const [newest] = named.toSorted((a, b) => b.sequence - a.sequence);
  if (newest === undefined) return refuse('unknown', `there is no release ${wanted}`);
  const { sequence, phase } = newest;
  if (named.some(({ current }) => current))
    return refuse('in_force', `release ${sequence} is the one in force`);
  if (phase !== null && isBackward(phase))
    return refuse('undone', `release ${sequence} was taken back itself`);
  if (phase !== 'proved') return refuse('not_proved', `release ${sequence} was never proved`);
  if (inForce !== undefined && sequence > inForce.sequence)
    return refuse(
      'newer',
      `release ${sequence} is newer than release ${inForce.sequence}, which is in force`,
    );
  const oldest = way.at(-1);
  if (oldest !== undefined && sequence < oldest.sequence)
    return refuse('too_old', `release ${sequence} is older than what instances keep`);
  return refuse('passed_over', `release ${sequence} was left by an undo to an older one`);
}

/** Whether `wanted` is its number, its hash, or how its hash begins. */
export function isNamed(
  { sequence, hash }: { readonly sequence: number; readonly hash: string },
  wanted: string,
): boolean {
  if (/^\d{1,9}$/.test(wanted)) return String(sequence) === wanted;
  const digits = wanted.replace(/^sha256:/, '').toLowerCase();
  return digits.length >= SHORTEST_PREFIX && hash.startsWith(`sha256:${digits}`);
}

function adviceFor(why: TargetFault, way: readonly Past[], wanted: string): string {
  const nearest = nearestOf(way, wanted);
  const there =
    nearest === undefined
      ? 'no proved release is before the one in force'
      : `the nearest that it may lead to is release ${nearest.sequence} (${shortHash(nearest.hash)})`;
  switch (why) {
    case 'undone':
      return `${there}; \`imara redo\` offers again what was undone`;
    case 'newer':
    case 'passed_over':
    case 'too_old':
      return `${there}; push its content as a new release`;
    case 'ambiguous':
      return 'give more of the hash, or the number';
    case 'unknown':
    case 'in_force':
    case 'not_proved':
      return there;
    default:
      return why satisfies never;
  }
}

/** By number the closest one; by hash the one that begins most alike. */
function nearestOf(way: readonly Past[], wanted: string): Past | undefined {
  const number = /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  const digits = wanted.replace(/^sha256:/, '');
  const distance = ({ sequence, hash }: Past) =>
    number === undefined ? -alike(hash.slice('sha256:'.length), digits) : Math.abs(sequence - number);
  return way.toSorted((a, b) => distance(a) - distance(b))[0];
}

function alike(a: string, b: string): number {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return same;
}

export function shortHash(hash: string): string {
  return hash.slice(0, 'sha256:'.length + 12);
}
