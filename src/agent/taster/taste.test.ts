import assert from 'node:assert/strict';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../../test/until.ts';
import type { JsonObject } from '../../config/canonical.ts';
import { taste, tasteBoth } from './taste.ts';

const module = new URL('../fixtures/rates.ts', import.meta.url);
const caps = { module, heapMiB: 64, residentMiB: 400, deadlineMs: 20_000 };
const never = new AbortController().signal;

function tasted(content: JsonObject, change: Partial<typeof caps> = {}) {
  return taste({ purpose: 'release', environment: 'production', content }, { ...caps, ...change }, never);
}

async function refusal(content: JsonObject, change: Partial<typeof caps> = {}) {
  const result = await tasted(content, change);
  assert.ok(!result.ok);
  return result;
}

test('R4: a document that works is tasted well', async () => {
  assert.deepEqual(await tasted({ rate: 5, environments: { production: { rate: 6 } } }), { ok: true });
});

test('R4: what the schema or a check finds names the key', async () => {
  const [shape, overlay, semantic] = await Promise.all([
    refusal({ rate: 0 }),
    refusal({ rate: 5, environments: { production: { rates: 6 } } }),
    refusal({ rate: 13 }),
  ]);
  assert.equal(shape.key, 'rate');
  assert.equal(overlay.key, 'rates');
  assert.deepEqual([semantic.key, semantic.cause], ['rate', 'is unlucky; take another']);
});

test('R4: what the service finds names the key and the cause; what it throws is the cause', async () => {
  const [bad, thrown, waited] = await Promise.all([
    refusal({ rate: 5, behave: 'bad value' }),
    refusal({ rate: 5, behave: 'throw' }),
    refusal({ rate: 5, behave: 'wait' }, { deadlineMs: 8_000 }),
  ]);
  assert.deepEqual(bad, { ok: false, key: 'rate', cause: 'nobody can bear it' });
  assert.equal(thrown.cause, 'cannot build a client from it');
  assert.deepEqual([waited.key, waited.cause], ['rate', 'no answer in time']);
});

test('R4: what is sick already is a warning, of which there are a few short ones', async () => {
  const release = { rate: 5, behave: 'warn' };
  const both = (served: JsonObject) =>
    tasteBoth('production', { purpose: 'release', release, wayBack: served }, caps, never);
  const [beside, alone, many] = await Promise.all([
    both({ rate: 2, environments: { production: { rate: 3 } } }),
    tasted(release),
    tasted({ rate: 5, behave: 'warn a lot' }),
  ]);
  const warned = (rate: number | string) => ({
    ok: true,
    warnings: [{ key: 'rate', cause: `${rate} is served with, and is sick` }],
  });
  assert.deepEqual(beside, warned(3));
  assert.deepEqual(alone, warned('nothing'));
  assert.ok(many.ok);
  assert.equal(many.warnings?.length, 8);
});

test('R1, R4: a taster that hangs or spins is ended at the deadline', async () => {
  const ends = await Promise.all(
    ['hang', 'spin'].map((behave) => refusal({ rate: 5, behave }, { deadlineMs: 3_000 })),
  );
  for (const { cause } of ends) assert.equal(cause, 'the taster was not done within 3000 ms');
});

test('R4: a taster that takes all memory harms itself only, on the heap and beside it', async () => {
  const [heap, buffers] = await Promise.all([
    refusal({ rate: 5, behave: 'leak heap' }),
    refusal({ rate: 5, behave: 'leak buffers' }),
  ]);
  assert.equal(heap.cause, 'the taster took more than 64 MiB of heap');
  assert.equal(buffers.cause, 'the taster took more than 400 MiB of memory');
});

test('R4: a taster that ends without a verdict has refused, however well it ended', async () => {
  const ends = await Promise.all(
    ['exit', 'exit well', 'crash', 'abort'].map((behave) => refusal({ rate: 5, behave })),
  );
  const [exit, well, crash, abort] = ends.map(({ cause }) => cause);
  assert.equal(exit, 'the taster ended with status 3 without a verdict');
  assert.equal(well, 'the taster ended with status 0 without a verdict');
  assert.match(crash ?? '', /ended with status 1 .*thrown where nobody catches/s);
  assert.match(abort ?? '', /was ended by SIGABRT/);
});

test('a gigabyte on stdout costs the parent nothing; on stderr it is a refusal', async () => {
  const before = process.memoryUsage().rss;
  const [print, complain] = await Promise.all([
    tasted({ rate: 5, behave: 'print' }, { residentMiB: 4_096 }),
    refusal({ rate: 5, behave: 'complain' }),
  ]);
  assert.deepEqual(print, { ok: true });
  assert.match(complain.cause, /more than 1048576 bytes to stderr/);
  assert.ok(process.memoryUsage().rss - before < 200 * 1_048_576);
});

test('R4: what a taster starts ends with it, in its process group or out of it', async () => {
  const pidFile = join(await mkdtemp(join(tmpdir(), 'imara-taste-')), 'pids');
  assert.deepEqual(await tasted({ rate: 5, behave: 'fork', pidFile }), { ok: true });
  const pids: number[] = JSON.parse(await readFile(pidFile, 'utf8'));
  assert.equal(pids.length, 3);
  await until('all of them are gone', () => pids.every((pid) => !isAlive(pid)));
});

test('a taste that is called off ends at once', async () => {
  const off = new AbortController();
  const course = {
    purpose: 'release',
    environment: 'production',
    content: { rate: 5, behave: 'hang' },
  } as const;
  const wait = taste(course, caps, off.signal);
  off.abort();
  assert.deepEqual(await wait, { ok: false, cause: 'the taste was called off' });
});

test('R6: a way back that does not load is a reason to refuse, and said to be the way back', async () => {
  const both = await tasteBoth(
    'production',
    { purpose: 'release', release: { rate: 5 }, wayBack: { rate: 'five' } },
    caps,
    never,
  );
  assert.ok(!both.ok);
  assert.match(both.cause, /^the way back does not work: the document fails its own schema/);
});

test('a module that is no taster is said to be none', async () => {
  const wrong = await refusal({ rate: 5 }, { module: new URL('../thread/counters.ts', import.meta.url) });
  assert.match(wrong.cause, /counters\.ts does not export kind and taste/);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
