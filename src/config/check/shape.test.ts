import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import type { Json } from '../canonical.ts';
import { fitOf } from './shape.ts';

const schema = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 5 }),
    words: Type.Array(Type.String({ maxLength: 3 }), { maxItems: 2 }),
    ca: Type.Union([Type.String({ maxLength: 3 }), Type.Null()]),
  },
  { additionalProperties: false },
);
const good = { limit: 5, words: ['one', 'two'], ca: null };

test('R8: a document outside of bounds alone is read, and it is said where', () => {
  assert.deepEqual(fitOf(schema, good), { document: good, outside: [] });
  const wide = { limit: 9, words: ['one', 'two', 'three'], ca: 'long' };
  const fit = fitOf(schema, wide);
  assert.deepEqual(fit?.document, wide);
  assert.deepEqual([...(fit?.outside ?? [])].toSorted(), ['/ca', '/limit', '/words', '/words/2']);
});

test('one of another shape is not', () => {
  const strange: Json[] = [
    { ...good, limit: '5' },
    { ...good, limit: 9, more: 1 },
    { limit: 9, words: [] },
    { ...good, words: ['three', 3] },
    { ...good, ca: 3 },
    null,
    [good],
  ];
  for (const document of strange) assert.equal(fitOf(schema, document), undefined, JSON.stringify(document));
});
