import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { operations } from '../../mpesa/api/operations.ts';
import { vendorApis } from '../../mpesa/reference/apis.ts';
import { configurationPage, PAGE, pages } from './reference.ts';

test('the reference page of the configuration is what the schema says', () => {
  const page = configurationPage();
  assert.equal(readFileSync(PAGE, 'utf8'), page, '`npm run reference` writes it anew');
  assert.match(page, /`serving\.quota\.spikePerSecond` \| [^|]+ \| integer 1–1,000,000 \| `500`/);
});

for (const [file, page] of pages) {
  test(`${file} is what the code says`, () => {
    assert.equal(readFileSync(file, 'utf8'), page(), '`npm run reference` writes it');
  });
}

test('what is said to be built is what has an operation', () => {
  const built = vendorApis.filter((api) => api.built).flatMap(({ paths }) => paths);
  const served: string[] = Object.values(operations).map(({ path }) => path);
  assert.deepEqual(built.toSorted(), served.toSorted());
});
