import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PAGE, rulesPage, testsOfRules } from './page.ts';
import { rules } from './rules.ts';

test('every rule has a test that carries its number, and every number that a test carries is a rule', () => {
  const tests = testsOfRules();
  const named = new Set(tests.flatMap((one) => one.rules));
  const unbuilt = rules.filter((rule) => rule.unbuilt !== undefined).map(({ number }) => number);
  const built = rules.map(({ number }) => number).filter((number) => !unbuilt.includes(number));
  assert.deepEqual(
    [...named].sort((a, b) => a - b),
    built,
  );
});

test('the page of the rules is what the tests are named', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), rulesPage(), '`npm run reference` writes it');
});
