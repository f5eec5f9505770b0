import { appendFileSync } from 'node:fs';
import type { ModeChange } from '../process/supervised.ts';
import type { Restart, RestartMode, Stage } from './governor/restart.ts';

/**
 * Everything that takes instances away or brings them back, whatever the cause: from it one can count who was
 * away when.
 */
export type RestartEntry =
  /** A supervisor starts: nothing that was written before is still there. */
  | { event: 'supervisor' }
  | { event: 'serving'; instance: string; pool: string }
  | { event: 'away'; instance: string; pool: string; cause: string }
  | { event: 'crash-loop'; instance: string; pool: string; cause: string }
  | { event: 'requested'; restart: string; reason: string; allowedAway: Record<string, number> }
  | { event: 'stage'; restart: string; instance: string; stage: Stage }
  | { event: 'mode'; restart: string; mode: RestartMode; why: string | null };

export type RestartJournal = (entry: RestartEntry) => void;

/**
 * Appends to `file`, a JSON object a line with its time, before what it says is done. A disk that is full
 * stops no process.
 */
export function openRestartJournal(
  file: string,
  now: () => number,
  failed: (error: Error) => void,
): RestartJournal {
  return (entry) => {
    const line = JSON.stringify({ at: new Date(now()).toISOString(), ...entry });
    try {
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    } catch (error) {
      failed(error as Error);
    }
  };
}

/** What is to be written when a process changes; nothing when it was away before and still is. */
export function entriesOf(instance: string, pool: string, { from, to, how }: ModeChange): RestartEntry[] {
  if (to === 'ready') return [{ event: 'serving', instance, pool }];
  const cause = how ?? (to === 'stopping' ? 'asked to stop' : to);
  const entries: RestartEntry[] = [];
  if (from === 'ready') entries.push({ event: 'away', instance, pool, cause });
  if (to === 'crash-looping') entries.push({ event: 'crash-loop', instance, pool, cause });
  return entries;
}

/** What is to be written when a restart went from one state to the next. */
export function entriesBetween(before: Restart, after: Restart): RestartEntry[] {
  const stages = new Map(before.targets.map(({ name, stage }) => [name, stage]));
  const entries: RestartEntry[] = after.targets
    .filter(({ name, stage }) => stages.get(name) !== stage)
    .map(({ name, stage }) => ({ event: 'stage', restart: after.id, instance: name, stage }));
  if (before.mode !== after.mode)
    entries.push({ event: 'mode', restart: after.id, mode: after.mode, why: after.why });
  return entries;
}
