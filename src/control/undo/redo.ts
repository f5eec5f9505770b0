import type { TSchema } from 'typebox';
import type { JsonObject } from '../../config/canonical.ts';
import type { ConfigKind } from '../../config/check/check.ts';
import { patchOf } from '../../config/patch.ts';
import type { Database } from '../../platform/database/database.ts';
import { backwardPhases } from '../../rollout/machine/phases.ts';
import type { PushOptions } from '../push.ts';
import { releaseInForce } from '../push.ts';
import { findRelease, findReleaseByHash } from '../store/releases.ts';
import { isNamed, shortHash } from './way-back.ts';

/** A release that was taken back, and may be offered again. */
export interface Undone {
  readonly rollout: string;
  readonly sequence: number;
  readonly hash: string;
  readonly because: string;
  /** Whether another rollout offers it again, or did and was proved. */
  readonly again: boolean;
}

export type Again =
  | { readonly ok: true; readonly undone: Undone; readonly change: JsonObject; readonly replace: boolean }
  | { readonly ok: false; readonly reason: string; readonly advice: string };

/**
 * What offers again the release that was undone last, or the one that `wanted` names: its own change, made to
 * what is in force now. Where nothing else was pushed meanwhile, that is its very content; what was, is not
 * taken back by it.
 */
export async function againOf(
  options: PushOptions,
  { kind, builtIn }: { kind: ConfigKind<TSchema>; builtIn: () => JsonObject },
  wanted: string | undefined,
): Promise<Again> {
  const { database, keys, verify } = options;
  const undone = await readUndone(database, kind.service);
  const found =
    wanted === undefined ? undone.find(({ again }) => !again) : undone.find((each) => isMeant(each, wanted));
  if (found === undefined) return { ok: false, ...notFound(undone, wanted) };
  const { sequence } = found;
  const release = await findRelease(database, kind.service, sequence, keys(), verify);
  const parent =
    release?.parent === undefined || release.parent === null
      ? null
      : await findReleaseByHash(database, kind.service, release.parent, keys(), verify);
  if (release === undefined || parent === undefined) {
    const reason = `release ${sequence}, or the one it was made from, was not written by control`;
    return { ok: false, reason, advice: 'push its content as a new release' };
  }
  const change = patchOf(parent?.content ?? builtIn(), release.content);
  if (change !== undefined) return { ok: true, undone: found, change, replace: false };
  const inForce = await releaseInForce(options, kind.service);
  if ((inForce?.hash ?? null) === release.parent)
    return { ok: true, undone: found, change: release.content, replace: true };
  const reason = `the change of release ${sequence} cannot be made to what is in force now`;
  return { ok: false, reason, advice: 'push it by hand: `imara config show --release` shows its content' };
}

function isMeant(undone: Undone, wanted: string): boolean {
  return undone.rollout === wanted || isNamed(undone, wanted);
}

function notFound(undone: readonly Undone[], wanted: string | undefined) {
  const [last] = undone;
  const advice =
    last === undefined
      ? 'no release of this service was taken back'
      : `the last that was taken back is release ${last.sequence} (${shortHash(last.hash)}): ${last.because}`;
  if (wanted === undefined) return { reason: 'there is nothing to offer again', advice };
  return { reason: `no release ${wanted} was taken back`, advice };
}

const MOST_UNDONE = 200;

/** What went back, the latest first. */
async function readUndone(database: Database, service: string): Promise<Undone[]> {
  const { rows } = await database.query<Undone>({
    name: 'control_undone',
    text: `select rollout.id as rollout, release.sequence, release.hash,
        rollout.state -> 'phase' ->> 'reason' as because,
        exists (
          select from control.rollout other where other.redoes = rollout.id
            and other.phase not in (${backwardPhases})) as again
      from control.rollout join control.release
        on release.service = rollout.service and release.sequence = rollout.sequence
      where rollout.service = $1 and rollout.phase in (${backwardPhases})
      order by rollout.updated_at desc limit $2`,
    values: [service, MOST_UNDONE],
  });
  return rows;
}
