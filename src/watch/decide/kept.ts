import { createHash } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import type { ScopeState } from '../detect/scope-state.ts';
import { type DetectState, startDetect, step } from '../detect/step.ts';

/**
 * What the detectors have learnt, in one file, so that the next process goes on with it: what share of
 * failures is usual, how many requests a second, what is counted so far. Two lines, a head and the state; the
 * file is replaced, never changed, so it is whole or the one before. It may be lost: then all of it is learnt
 * anew.
 */
export interface Kept {
  /** `undefined`: there is none that is of use. */
  readonly state: DetectState | undefined;
  /** Why what is there is of no use; `null`: it is, or there is nothing. */
  readonly problem: string | null;
}

/** Of another form is what another version wrote. */
const FORM = 1;
const MOST_BYTES = 16 * 1024 * 1024;
/** What was counted is of now: later only what is usual is gone on with. */
const COUNTS_MS = 600_000;
const USUAL_MS = 7 * 86_400_000;

/** `now`: where the clock of the detectors goes on. `wall`: of the clock on the wall, ms since 1970. */
export async function readKept(file: string, now: number, wall: number): Promise<Kept> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new Error(`it has ${size} bytes`);
    const [head = '', text = ''] = (await readFile(file, 'utf8')).split('\n');
    const { form, savedAt, sha256 } = JSON.parse(head) as Partial<Head>;
    if (form !== FORM || typeof savedAt !== 'number') throw new Error('it is of another version');
    if (sha256 !== hashOf(text)) throw new Error('it is not what was written');
    return { state: resumed(JSON.parse(text) as DetectState, Math.abs(wall - savedAt), now), problem: null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { state: undefined, problem: code === 'ENOENT' ? null : message };
  }
}

/** Throws when the disk does not take it, or it is too long to be read again. */
export async function writeKept(file: string, state: DetectState, wall: number): Promise<void> {
  const text = JSON.stringify(state);
  const head: Head = { form: FORM, savedAt: wall, sha256: hashOf(text) };
  const bytes = Buffer.from(`${JSON.stringify(head)}\n${text}\n`);
  if (bytes.length > MOST_BYTES) throw new Error(`what was learnt has ${bytes.length} bytes`);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

const EVERY_MS = 10_000;

/**
 * Saves again and again, one time after the other; that the disk takes nothing is said by the journal. What
 * is returned ends it, after it has saved once more.
 */
export function keepSaving(save: () => Promise<void>): () => Promise<void> {
  let saving: Promise<void> | undefined;
  const once = (): Promise<void> => {
    saving ??= save()
      .catch(() => {})
      .finally(() => {
        saving = undefined;
      });
    return saving;
  };
  const timer = setInterval(() => void once(), EVERY_MS);
  return async () => {
    clearInterval(timer);
    await saving;
    await once();
  };
}

interface Head {
  readonly form: number;
  readonly savedAt: number;
  readonly sha256: string;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Between two processes the detectors' time stands still. Throws for what no detector can go on with. */
function resumed(before: DetectState, awayMs: number, now: number): DetectState | undefined {
  if (awayMs > USUAL_MS) return undefined;
  const { clock, scopes, baselines, names } = before;
  const isFresh = awayMs <= COUNTS_MS;
  const counts = Object.entries(isFresh ? scopes : {}).map(([key, one]) => [key, again(one, clock.now)]);
  const state: DetectState = {
    ...startDetect(now),
    clock: { now: clock.now, at: now, jumpedAt: null },
    ...{ baselines, scopes: Object.fromEntries(counts), names: isFresh ? names : {} },
  };
  step(state, { at: now });
  return state;
}

/** What was under way then is not known now: whoever hangs is heard of again. */
const again = (scope: ScopeState, now: number): ScopeState => ({
  ...scope,
  flow: { ...scope.flow, completedAt: now, heardAt: now, inFlight: 0, oldestMs: 0 },
});
