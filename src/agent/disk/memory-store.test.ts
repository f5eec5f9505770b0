import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../../test/until.ts';
import { proved, withProved, withUndone } from '../../rollout/instance/ring.ts';
import { type Memory, NO_MEMORY } from '../../rollout/instance/state.ts';
import { release } from '../fixtures/releases.ts';
import { openMemoryStore } from './memory-store.ts';

const [r1, r2, r3] = [release(1), release(2), release(3)];

async function directory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'imara-ring-'));
}

function memoryOf(count: number): Memory {
  let ring = NO_MEMORY.ring;
  for (let sequence = 1; sequence <= count; sequence++) ring = withProved(ring, release(sequence), sequence);
  return { ...NO_MEMORY, ring, order: count };
}

async function saved(...memories: Memory[]): Promise<string> {
  const at = await directory();
  const store = await openMemoryStore(at);
  for (const memory of memories) await store.save(memory);
  return at;
}

async function newestMemory(at: string): Promise<string> {
  const numbers = (await readdir(join(at, 'memory'))).map((name) => Number.parseInt(name, 10));
  return join(at, 'memory', `${Math.max(...numbers)}.json`);
}

test('R7: what is saved is read again, to the last word', async () => {
  const memory: Memory = {
    ring: withUndone(memoryOf(4).ring, release(4).hash),
    order: 9,
    undoneRollouts: ['rollout-4'],
    refusedRollouts: { 'rollout-5': 2 },
    failedBoots: { [r3.hash]: 2 },
  };
  const store = await openMemoryStore(await saved(memoryOf(3), memory));
  assert.deepEqual(store.memory, memory);
  assert.deepEqual(store.skipped, []);
});

test('R8: a disk with nothing on it is an empty memory', async () => {
  const { memory, skipped } = await openMemoryStore(await directory());
  assert.deepEqual([memory, skipped], [NO_MEMORY, []]);
});

test('R7: the ring is three deep at least, and a proved file is never written again', async () => {
  const at = await saved(memoryOf(3));
  const ring = join(at, 'ring');
  const before = await Promise.all((await readdir(ring)).map((name) => stat(join(ring, name))));
  const store = await openMemoryStore(at);
  await store.save(memoryOf(9));
  const { memory } = await openMemoryStore(at);
  assert.ok(memory.ring.entries.length >= 3);
  const at3 = await saved(memoryOf(3));
  const again = await openMemoryStore(at3);
  const inodes = async () => {
    const names = (await readdir(join(at3, 'ring'))).sort();
    return Promise.all(names.map(async (name) => (await stat(join(at3, 'ring', name))).ino));
  };
  const first = await inodes();
  await again.save(memoryOf(3));
  assert.deepEqual(await inodes(), first);
  assert.equal(before.length, 3);
});

test('R7: a memory torn at any byte is passed over with the reason, and the one before it is taken', async () => {
  const at = await saved(memoryOf(2), memoryOf(3));
  const file = await newestMemory(at);
  const whole = await readFile(file);
  for (const length of tears(whole.length)) {
    await writeFile(file, whole.subarray(0, length));
    const { memory, skipped } = await openMemoryStore(at);
    assert.deepEqual(memory, memoryOf(2), `cut at ${length} of ${whole.length}`);
    assert.match(skipped[0] ?? '', /^memory\/2\.json: (cut off|its checksum does not match)$/);
  }
});

test('R7: a flipped bit anywhere in a proved release takes that release out of the ring, and no other', async () => {
  const at = await saved(memoryOf(3));
  const file = join(at, 'ring', `${r3.hash.replace(':', '-')}.json`);
  const whole = await readFile(file);
  for (const position of tears(whole.length - 1)) {
    const spoiled = Buffer.from(whole);
    spoiled[position] = (spoiled[position] ?? 0) ^ 1;
    await writeFile(file, spoiled);
    const { memory, skipped } = await openMemoryStore(at);
    assert.equal(proved(memory.ring)?.hash, r2.hash, `flipped at ${position}`);
    assert.equal(skipped.length, 2, 'the file, and the release that is missing');
  }
});

test('R7: a release file whose content was exchanged, checksum and all, is not taken', async () => {
  const other = await saved({
    ...NO_MEMORY,
    ring: withProved(NO_MEMORY.ring, { ...r3, content: { rate: 99 } }, 1),
  });
  const { memory, skipped } = await openMemoryStore(other);
  assert.deepEqual(memory.ring.entries, []);
  assert.match(skipped[0] ?? '', /the content is not the one that its hash names/);
});

test('R7: with every memory torn, the releases that were proved here are still known', async () => {
  const at = await saved(memoryOf(3));
  for (const name of await readdir(join(at, 'memory'))) await writeFile(join(at, 'memory', name), 'x');
  const { memory } = await openMemoryStore(at);
  assert.deepEqual(
    memory.ring.entries.map(({ release: { hash } }) => hash),
    [r3, r2, r1].map(({ hash }) => hash),
  );
});

test('R7: a writer killed at any moment leaves a memory that was whole once, never an older one than it had told', async () => {
  for (let round = 0; round < 4; round++) {
    const at = await directory();
    const writer = fork(new URL('../fixtures/writer.ts', import.meta.url), [at], { stdio: 'inherit' });
    let told = 0;
    writer.on('message', (order: number) => {
      told = order;
    });
    await until('it has written a few', () => told > 2 * round, { everyMs: 1 });
    const ended = new Promise((resolve) => writer.on('exit', resolve));
    writer.kill('SIGKILL');
    await ended;
    const { memory, skipped } = await openMemoryStore(at);
    assert.deepEqual(skipped, []);
    assert.ok(memory.order >= told, `${memory.order} on disk, ${told} told`);
    assert.deepEqual(memory, memoryOf(memory.order));
    const left = [...(await readdir(join(at, 'ring'))), ...(await readdir(join(at, 'memory')))];
    assert.deepEqual(
      left.filter((name) => name.endsWith('.tmp')),
      [],
    );
  }
});

/** Every class of place: the ends, around each line's, and a spread between. */
function tears(length: number): number[] {
  const edges = [0, 1, 2, 63, 64, 65, 66, length - 2, length - 1];
  const spread = Array.from({ length: 20 }, (_, part) => Math.floor((length * part) / 20));
  return [...new Set([...edges, ...spread])].filter((at) => at >= 0 && at < length);
}
