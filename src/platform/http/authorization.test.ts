import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carriesToken, readBearer } from './authorization.ts';

test('a bearer token is one word after its scheme', () => {
  for (const header of ['Bearer abc', 'bEARER abc', 'Bearer   abc']) assert.equal(readBearer(header), 'abc');
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearerabc',
    'Basic abc',
    'Bearer a b',
    ' Bearer a',
  ])
    assert.equal(readBearer(header), undefined, String(header));
});

test('a header carries a token, or does not', () => {
  assert.ok(carriesToken('Bearer abc', 'abc'));
  for (const header of [undefined, 'abc', 'Basic abc', 'Bearer abd', 'Bearer ab', 'Bearer abcd'])
    assert.ok(!carriesToken(header, 'abc'), String(header));
  assert.ok(!carriesToken(undefined, ''), 'none at all is not an empty one');
});
