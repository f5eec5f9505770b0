import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isJsonObject, type Json, type JsonObject, sameJson } from './canonical.ts';
import { merged } from './overlay.ts';
import { patchOf } from './patch.ts';

const document = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), fc.array(fc.integer()), tie('object')),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { noNullPrototype: true }),
})).object;

test('a patch makes the one document of the other, and is empty between equal ones', () => {
  fc.assert(
    fc.property(document, document, (before, after) => {
      const patch = patchOf(before, after);
      assert.ok(isJsonObject(patch));
      assert.ok(sameJson(merged(before, patch), after));
      assert.deepEqual(patchOf(after, after), {});
    }),
  );
});

test('what was changed beside it stays', () => {
  const patch = patchOf({ limit: 5, names: { a: 1, b: 2 } }, { limit: 7, names: { a: 1 } });
  assert.deepEqual(patch, { limit: 7, names: { b: null } });
  assert.deepEqual(merged({ limit: 5, names: { a: 1, b: 2 }, greeting: 'jambo' }, patch ?? {}), {
    limit: 7,
    names: { a: 1 },
    greeting: 'jambo',
  });
});

test('a null that was not there before cannot be said', () => {
  assert.equal(patchOf({}, { a: null }), undefined);
  assert.equal(patchOf({ a: 1 }, { a: { b: null } }), undefined);
  assert.deepEqual(patchOf({ a: null }, { a: null, b: 1 }), { b: 1 });
});
