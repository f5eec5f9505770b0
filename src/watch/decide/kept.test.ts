import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type DetectState, startDetect, step } from '../detect/step.ts';
import { reading } from '../detect/testdata/traffic.ts';
import { readKept, writeKept } from './kept.ts';

const folder = await mkdtemp(join(tmpdir(), 'imara-kept-'));
after(() => rm(folder, { recursive: true, force: true }));
const file = join(folder, 'detectors.json');

const start = 1_700_000_000_000;
const series = { service: 'api', product: 'stk-push', release: '41' };

/** Ticks of a second, each with 50 requests of which `bad` fail. */
function run(from: DetectState, ticks: number, bad: (second: number) => number) {
  let after = { state: from, detections: step(from, { at: from.clock.at }).detections };
  for (let second = 0; second < ticks; second += 1) {
    const readings = [reading(series, 50 - bad(second), bad(second))];
    after = step(after.state, { at: after.state.clock.at + 1000, readings });
  }
  return after;
}

/** 0.8 %: more than a new process takes for usual. */
const few = (second: number) => (second % 5 < 2 ? 1 : 0);
const usual = run(startDetect(start), 7_200, few).state;
const learnt = (state: DetectState | undefined) =>
  Object.values(state?.baselines ?? {}).map((baseline) => baseline.learnt);

test('what is usual, what was counted and what was named go on in the next process', async () => {
  const before = run(usual, 2, () => 25);
  assert.ok(learnt(before.state).every((ratio) => ratio >= 0.008));
  await writeKept(file, before.state, start);
  const { state, problem } = await readKept(file, start + 90_000, start + 4_000);
  assert.ok(state !== undefined && problem === null, `${problem}`);
  assert.deepEqual(state.baselines, before.state.baselines);
  const sums = (of: DetectState) =>
    Object.values(of.scopes).map(({ scores }) => scores.map(({ sum }) => sum));
  assert.deepEqual(sums(state), sums(before.state));
  assert.equal(state.clock.now, before.state.clock.now, 'its time stood still');

  // The alarm that stood stands; what is usual raises none, where a new process would.
  const [first] = run(state, 1, () => 25).detections;
  assert.deepEqual([first?.symptom, first?.severity], ['errors', 'page']);
  const calm = await readKept(file, start, start + 3_600_000);
  assert.ok(calm.state);
  assert.deepEqual(calm.state.scopes, {}, 'what was counted an hour ago counts no more');
  const errors = (from: DetectState) =>
    run(from, 2_000, few).detections.filter(({ symptom }) => symptom === 'errors').length;
  assert.deepEqual([errors(calm.state), errors(startDetect(start))], [0, 1]);
});

test('nothing is said to be silent for what was under way before', async () => {
  const hung = [reading(series, 0, 0, { inFlight: 9, oldestMs: 900 })];
  const { state: before } = step(usual, { at: usual.clock.at + 1000, readings: hung });
  await writeKept(file, before, start);
  const { state } = await readKept(file, start, start);
  assert.ok(state);
  const { detections } = step(state, { at: start + 1000 });
  assert.deepEqual(
    detections.filter(({ symptom }) => symptom === 'silence'),
    [],
  );
});

test('one that is not there is no problem; one that is cut, changed, of another form or too old is not used', async () => {
  assert.deepEqual(await readKept(join(folder, 'none'), start, start), { state: undefined, problem: null });
  await writeKept(file, usual, start);
  const text = await readFile(file, 'utf8');
  const broken = {
    cut: text.slice(0, -200),
    changed: text.replace('"learnt":0.', '"learnt":1.'),
    empty: '',
    'another form': text.replace('"form":1', '"form":2'),
  };
  for (const [name, content] of Object.entries(broken)) {
    assert.notEqual(content, text, name);
    await writeFile(file, content);
    const { state, problem } = await readKept(file, start, start);
    assert.ok(state === undefined && problem !== null, name);
  }
  await writeKept(file, { ...usual, scopes: { api: null } } as unknown as DetectState, start);
  assert.notEqual((await readKept(file, start, start)).problem, null, 'what no detector can go on with');
  await writeKept(file, usual, start - 8 * 86_400_000);
  assert.deepEqual(await readKept(file, start, start), { state: undefined, problem: null });
});
