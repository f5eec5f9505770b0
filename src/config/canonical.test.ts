import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, contentHash, type Json, sameJson } from './canonical.ts';
import { anyJson } from './testdata/json.ts';

interface Golden {
  what: string;
  value: Json;
  canonical: string;
  /** Of the canonical text, made with another language's library. */
  hash: string;
}

const golden: Golden[] = JSON.parse(
  readFileSync(new URL('./testdata/canonical.json', import.meta.url), 'utf8'),
);

for (const { what, value, canonical, hash } of golden) {
  test(`canonical JSON: ${what}`, () => {
    assert.equal(canonicalJson(value), canonical);
    assert.equal(contentHash(value), hash);
  });
}

test('the canonical form does not depend on the order of keys, and reads back as the same value', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      assert.equal(canonicalJson(reversed(value)), canonicalJson(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      assert.ok(sameJson(value, reversed(value)));
    }),
  );
});

test('what is not JSON has no canonical form', () => {
  assert.throws(() => canonicalJson({ limit: Number.NaN }));
  assert.throws(() => canonicalJson({ limit: Number.POSITIVE_INFINITY }));
  assert.throws(() => canonicalJson({ text: '\ud800' }));
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, child]) => [key, reversed(child)]),
  );
}
