import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choicesText, nearest, strangeCharacter } from './nearest.ts';

const products = ['oauth', 'stk', 'stk-query'];

test('the nearest name is found over swapped, missing, added, wrong and look-alike letters', () => {
  const meant: [string, string | undefined][] = [
    ['stk-qeury', 'stk-query'],
    ['stkquery', 'stk-query'],
    ['STK', 'stk'],
    ['ouath', 'oauth'],
    ['оauth', 'oauth'],
    ['öauth', 'oauth'],
    ['b2c', undefined],
    ['', undefined],
    ['__proto__', undefined],
    ['x'.repeat(100_000), undefined],
  ];
  for (const [name, wanted] of meant) assert.equal(nearest(name, products), wanted, name.slice(0, 20));
  assert.equal(nearest('enable', ['enabled', 'deadlineMs']), 'enabled');
});

test('the advice lists what there is, and what was meant', () => {
  assert.equal(
    choicesText('products', products, 'skt'),
    'did you mean stk? products are oauth, stk, stk-query',
  );
  assert.equal(choicesText('products', products, 7), 'products are oauth, stk, stk-query');
  assert.equal(choicesText('logs', [], 'api'), 'there are no logs');
});

test('a character that is not what it looks like is written so that it can be told apart', () => {
  assert.equal(strangeCharacter('auth'), undefined);
  assert.equal(strangeCharacter('аuth'), '"а" (U+0430), which is not the letter it looks like');
  assert.equal(strangeCharacter('auth\u200b'), 'U+200B');
  assert.equal(strangeCharacter('a\u0000'), 'U+0000');
});
