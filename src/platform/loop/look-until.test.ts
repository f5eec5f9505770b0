import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadline } from '../deadline.ts';
import { lookUntil } from './look-until.ts';

test('it looks until there is something', async () => {
  let looks = 0;
  const look = () => (++looks === 3 ? 'there' : undefined);
  assert.equal(await lookUntil(look, { everyMs: 1, deadline: Deadline.in(60_000) }), 'there');
  assert.equal(looks, 3);
});

test('R1: at the deadline it looks once more, and then no more', async () => {
  const deadline = Deadline.in(20);
  const look = () => (deadline.passed ? 'only then' : undefined);
  assert.equal(await lookUntil(look, { everyMs: 60_000, deadline }), 'only then');
  assert.equal(await lookUntil(async () => undefined, { everyMs: 1, deadline }), undefined);
});

test('what a look throws ends it', async () => {
  const look = async (): Promise<string> => Promise.reject(new Error('gone'));
  await assert.rejects(lookUntil(look, { everyMs: 1, deadline: Deadline.in(60_000) }), /gone/);
});
