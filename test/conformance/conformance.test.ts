import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Product } from '../../src/mpesa/api/define-product.ts';
import { catalogue } from '../../src/mpesa/catalogue.ts';
import { chapters } from './cases/all.ts';
import { conformancePage, PAGE, resultsOf, shownBy } from './page.ts';
import { resultTests } from './results.ts';
import { recordedAs } from './sources.ts';

const products: readonly Product[] = catalogue;

test('each case names tests, and they are there', () => {
  for (const { asked, tests } of chapters.flatMap(({ cases }) => cases)) {
    assert.ok(tests.length > 0, asked);
    assert.deepEqual(shownBy(tests).missing, [], asked);
  }
});

test('a setting that a case names is one', () => {
  const known = readFileSync('docs/reference/configuration.md', 'utf8');
  for (const { asked, taken = '' } of chapters.flatMap(({ cases }) => cases))
    for (const [, name] of taken.matchAll(/`((?:mpesa|auth|serving|delivery|accounts)[.][\w.]+)`/g))
      assert.ok(known.includes(`\`${name}\``), `${name}: ${asked}`);
});

test('each result of each product is shown by a test', () => {
  for (const product of products)
    for (const [key, , title] of resultsOf(product)) {
      assert.ok(title, `no test shows ${product.name}.${key}: name it in test/conformance/results.ts`);
      assert.deepEqual(shownBy([title]).missing, [], `${product.name}.${key}`);
    }
});

test('no test is named for a result that is not there', () => {
  for (const [name, titles] of Object.entries(resultTests)) {
    const product = products.find((one) => one.name === name);
    for (const key of Object.keys(titles))
      assert.ok(key in (product?.results ?? {}), `${name}.${key} of test/conformance/results.ts`);
  }
});

test('where each path and each result was seen is said', () => {
  for (const { name, operations, results = {} } of products) {
    for (const path of Object.values(operations).flatMap(({ paths }) => paths))
      assert.notEqual(recordedAs.path(path), 'not known', path);
    for (const { code } of Object.values(results))
      assert.notEqual(recordedAs.result(code), 'not known', `${name} ${code}`);
  }
});

test('the page is what the catalogue and the tests say', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), conformancePage(), '`npm run reference` writes it');
});
