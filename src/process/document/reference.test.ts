import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configurationPage, PAGE, pages } from './reference.ts';

test('the reference page of the configuration is what the schema says', () => {
  const page = configurationPage();
  assert.equal(readFileSync(PAGE, 'utf8'), page, '`npm run reference` writes it again');
  assert.match(page, /`serving\.quota\.spikePerSecond` \| [^|]+ \| integer 1–1,000,000 \| `500`/);
});

for (const [file, page] of pages) {
  test(`${file} is what the code says`, () => {
    assert.equal(readFileSync(file, 'utf8'), page(), '`npm run reference` writes it');
  });
}
