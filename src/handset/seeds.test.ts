import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { behaviours } from './behaviour-names.ts';
import { seededPhones } from './seeds.ts';

const page = await readFile(new URL('../../docs/reference/phones.md', import.meta.url), 'utf8');

/** The cells of the table under a heading, without its head. */
function table(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('the documented numbers are the seeded ones, word for word', () => {
  assert.deepEqual(
    table('Seeded numbers'),
    seededPhones.map(({ msisdn, name, does, result }) => [msisdn, name, does, result]),
  );
});

test('every behaviour is documented, and nothing else', () => {
  assert.deepEqual(
    table('Behaviours').map(([name]) => name),
    behaviours.map((name) => `\`${name}\``),
  );
});
