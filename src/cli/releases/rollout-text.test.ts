import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Rollout } from '../../control/contract/resources/releases/rollout.ts';
import { forPeople } from './follow.ts';
import { rolloutFrame } from './rollout-text.ts';

const began = Date.parse('2026-11-28T12:00:00Z');
const wave = { kind: 'first', instances: 1, share: 0.2, harm: { p95: 2.4 } };
const view = {
  id: 'imara-7',
  release: 7,
  author: 'amina',
  reason: 'shorter waits',
  phase: 'wave',
  because: null,
  wave: 1,
  waves: [wave, wave],
  instances: { testing: { lent: 1 }, production: { lent: 1, old: 1 } },
  verdict: {
    kind: 'hold',
    reason: 'too_few_outcomes',
    evidence: { missing: 12, etaMs: 3_000 },
  },
  warnings: [],
  deadlineAt: new Date(began + 200_000).toISOString(),
  createdAt: new Date(began).toISOString(),
  updatedAt: new Date(began + 9_000).toISOString(),
} as unknown as Rollout;
const lines = (shown: Rollout) =>
  stripVTControlCharacters(
    rolloutFrame(shown, began + 20_000, [{ actor: 'instance:api-1', kind: 'agent.taken' }]),
  )
    .split('\n')
    .map((line) => line.trim());

test('a rollout that goes on shows its age, its wave, what the gate lacks, the time left and the last rows of the journal', () => {
  assert.deepEqual(lines(view), [
    'imara-7  release 7 by amina: shorter waits  since 20 s',
    'wave 1 of 2: 1 lent, 1 old',
    '● wave 1  first  +1  20 %  at risk 3',
    '○ wave 2  first  +1  20 %  at risk 3',
    'testing 1 lent, production 1 lent, 1 old',
    'gate: hold (too few outcomes), 12 good outcomes missing, expected in 3 s',
    'given up in 3 min 0 s',
    '· instance:api-1 agent.taken',
  ]);
});

test('what does not work and was no reason to refuse it is shown, over or not, with who saw it', () => {
  const warnings = [
    {
      key: 'auth.servers[1]',
      cause: 'refused: ECONNREFUSED',
      count: 5,
      instances: ['api-1', 'api-2', 'api-3'],
    },
  ];
  const line = 'warning: auth.servers[1]: refused: ECONNREFUSED (seen by api-1, api-2, api-3, 2 others)';
  assert.ok(lines({ ...view, warnings }).includes(line));
  assert.ok(lines({ ...view, warnings, phase: 'proved' }).includes(line));
});

test('where it is no terminal, a warning is one line, when it is first seen', () => {
  const written: string[] = [];
  const stream = { isTTY: false, write: (text: string) => written.push(text) };
  const show = forPeople(stream as unknown as NodeJS.WriteStream);
  const warnings = [{ key: 'auth.servers[1]', cause: 'refused', count: 1, instances: ['api-1'] }];
  show(view, []);
  for (const count of [1, 2]) show({ ...view, warnings: warnings.map((each) => ({ ...each, count })) }, []);
  assert.deepEqual(written.map(stripVTControlCharacters), [
    'imara-7 wave 1 of 2: 1 lent, 1 old\n',
    'imara-7 warning: auth.servers[1]: refused\n',
  ]);
});

test('a rollout that is over shows how long it took, and no verdict that waits', () => {
  const over = lines({ ...view, phase: 'proved', deadlineAt: null });
  assert.equal(over[0], 'imara-7  release 7 by amina: shorter waits  took 9 s');
  assert.ok(!over.some((line) => line.startsWith('gate')));
});
