import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId, uuidV7 } from './ids.ts';

test('an id is a UUIDv7 of now, of Node and of our own alike', () => {
  for (const make of [newId, uuidV7]) {
    const before = Date.now();
    const ids = Array.from({ length: 1_000 }, make);
    for (const id of ids) {
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      assert.ok(at >= before && at <= Date.now());
    }
    assert.equal(new Set(ids).size, ids.length);
  }
});
