import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { ContentHash } from '../../config/canonical.ts';
import { isIntact, type Release } from '../../config/release.ts';
import { removeUnfinished } from '../../platform/files/atomic-file.ts';
import { proved, RING_DEPTH, type RingEntry, Vouch } from '../../rollout/instance/ring.ts';
import { type Memory, NO_MEMORY } from '../../rollout/instance/state.ts';
import { ReleaseBody } from '../../rollout/signed/envelope.ts';
import { readSealed, writeSealed } from './sealed-file.ts';

/**
 * The instance's memory on disk (R7):
 *
 *     ring/<hash>.json      one proved release; written once, never changed
 *     memory/<number>.json  order, undone rollouts, failed boots, and which releases make up the ring,
 *                           newest first
 *
 * Both are written again and renamed into place. The last few memories are kept, so that a torn one costs one
 * step of history; when none can be read, the ring's own files say what was proved here.
 */
export interface MemoryStore {
  readonly memory: Memory;
  /** What could not be used, and why; for the log. */
  readonly skipped: readonly string[];
  save(memory: Memory): Promise<void>;
}

const Proved = Type.Object({
  release: ReleaseBody,
  provedAt: Type.Number(),
  vouch: Type.Optional(Vouch),
});
const Chosen = Type.Object({ hash: Type.String(), provedAt: Type.Number() });
const Stored = Type.Object({
  entries: Type.Array(Chosen, { maxItems: RING_DEPTH * 4 }),
  undone: Type.Array(Type.String()),
  order: Type.Number(),
  undoneRollouts: Type.Array(Type.String()),
  // A memory of an earlier version has none.
  refusedRollouts: Type.Optional(Type.Record(Type.String(), Type.Number())),
  failedBoots: Type.Record(Type.String(), Type.Number()),
});

/** Memories kept beside the newest. */
const KEPT = 3;

export async function openMemoryStore(directory: string): Promise<MemoryStore> {
  const ringDirectory = join(directory, 'ring');
  const memoryDirectory = join(directory, 'memory');
  const skipped: string[] = [];
  for (const each of [ringDirectory, memoryDirectory]) {
    await mkdir(each, { recursive: true, mode: 0o700 });
    await removeUnfinished(each);
  }
  const proved = await readRing(ringDirectory, skipped);
  const numbers = await memoryNumbers(memoryDirectory);
  let number = numbers[0] ?? 0;

  return {
    memory: await readMemory(memoryDirectory, numbers, proved, skipped),
    skipped,
    async save(memory) {
      for (const entry of memory.ring.entries) {
        // A file that was read and found whole is never written again.
        if (proved.has(entry.release.hash)) continue;
        await writeSealed(join(ringDirectory, ringFile(entry.release.hash)), entry);
        proved.set(entry.release.hash, entry);
      }
      number += 1;
      await writeSealed(join(memoryDirectory, `${number}.json`), stored(memory));
      const kept = new Set(memory.ring.entries.map(({ release }) => release.hash));
      await removeOld(memoryDirectory, ringDirectory, number, kept);
      for (const hash of proved.keys()) if (!kept.has(hash)) proved.delete(hash);
    },
  };
}

/**
 * What the instance would start with, read without touching its files, which may be in use. `null`: nothing
 * was proved there.
 */
export async function provedRelease(directory: string): Promise<Release | null> {
  const memoryDirectory = join(directory, 'memory');
  try {
    const entries = await readRing(join(directory, 'ring'), []);
    const memory = await readMemory(memoryDirectory, await memoryNumbers(memoryDirectory), entries, []);
    return proved(memory.ring, memory.failedBoots);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function readRing(directory: string, skipped: string[]): Promise<Map<ContentHash, RingEntry>> {
  const proved = new Map<ContentHash, RingEntry>();
  for (const name of await filesIn(directory)) {
    const read = await readSealed(join(directory, name));
    const skip = (reason: string) => skipped.push(`ring/${name}: ${reason}`);
    if (read === undefined) continue;
    if (!read.ok) skip(read.reason);
    else if (!Value.Check(Proved, read.value)) skip('of another form');
    else if (!isIntact(read.value.release)) skip('the content is not the one that its hash names');
    else proved.set(read.value.release.hash, read.value);
  }
  return proved;
}

async function readMemory(
  directory: string,
  numbers: readonly number[],
  proved: ReadonlyMap<ContentHash, RingEntry>,
  skipped: string[],
): Promise<Memory> {
  for (const number of numbers) {
    const read = await readSealed(join(directory, `${number}.json`));
    const skip = (reason: string) => skipped.push(`memory/${number}.json: ${reason}`);
    if (read === undefined) continue;
    if (!read.ok) skip(read.reason);
    else if (!Value.Check(Stored, read.value)) skip('of another form');
    else return remembered(read.value, proved, skipped);
  }
  const entries = [...proved.values()].sort((a, b) => b.provedAt - a.provedAt);
  if (entries.length > 0)
    skipped.push('memory: none can be read; the ring is taken in the order it was proved');
  return { ...NO_MEMORY, ring: { entries, undone: [] } };
}

function remembered(
  { entries, undone, refusedRollouts = {}, ...rest }: Static<typeof Stored>,
  proved: ReadonlyMap<ContentHash, RingEntry>,
  skipped: string[],
): Memory {
  const found = entries.flatMap(({ hash, provedAt }): RingEntry[] => {
    const entry = proved.get(hash);
    if (entry === undefined) skipped.push(`ring: ${hash} was proved here, and cannot be read`);
    return entry === undefined ? [] : [{ ...entry, provedAt }];
  });
  return { ...rest, refusedRollouts, ring: { entries: found, undone } };
}

function stored({
  ring,
  order,
  undoneRollouts,
  refusedRollouts,
  failedBoots,
}: Memory): Static<typeof Stored> {
  return {
    entries: ring.entries.map(({ release, provedAt }) => ({ hash: release.hash, provedAt })),
    undone: [...ring.undone],
    order,
    undoneRollouts: [...undoneRollouts],
    refusedRollouts: { ...refusedRollouts },
    failedBoots: { ...failedBoots },
  };
}

async function removeOld(
  memoryDirectory: string,
  ringDirectory: string,
  newest: number,
  kept: ReadonlySet<ContentHash>,
): Promise<void> {
  for (const number of await memoryNumbers(memoryDirectory)) {
    if (number < newest - KEPT) await rm(join(memoryDirectory, `${number}.json`), { force: true });
  }
  const names = new Set([...kept].map(ringFile));
  for (const name of await filesIn(ringDirectory)) {
    if (!names.has(name)) await rm(join(ringDirectory, name), { force: true });
  }
}

async function memoryNumbers(directory: string): Promise<number[]> {
  const numbers = (await filesIn(directory)).map((name) => Number.parseInt(name, 10));
  return numbers.filter(Number.isSafeInteger).sort((a, b) => b - a);
}

/** Without what a killed writer left half-done. */
async function filesIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.json'));
}

function ringFile(hash: ContentHash): string {
  return `${hash.replace(/[^A-Za-z0-9]/g, '-')}.json`;
}
