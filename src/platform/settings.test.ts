import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtIn, count, defaultsOf, flag, section } from './settings.ts';

const inner = section({ on: builtIn(true, flag('On.')) }, 'Inner.');

test('a section is built in as its keys say, and nobody shares what was handed out', () => {
  const outer = section({ most: builtIn(3, count('Most.')), inner }, 'Outer.');
  const first = defaultsOf(outer);
  assert.deepEqual(first, { most: 3, inner: { on: true } });
  first.inner.on = false;
  assert.deepEqual(defaultsOf(outer), { most: 3, inner: { on: true } });
});

test('a key for which nothing is built in is a fault of ours', () => {
  assert.throws(
    () => defaultsOf(section({ inner, most: count('Most.') }, 'Outer.')),
    /nothing is built in for most/,
  );
});
