import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MOST_BYTES, readDocument } from './read.ts';
import { anyObject } from './testdata/json.ts';

function reasonOf(text: string): string {
  const read = readDocument(text);
  assert.ok(!read.ok, `${text.slice(0, 40)} is taken as ${JSON.stringify(read)}`);
  return read.reason;
}

test('YAML and JSON are read alike, and any JSON document comes back as it was', () => {
  const wanted = { ok: true, value: { stk: { on: true, word: 'yes', list: [1, 'a'], none: null } } };
  assert.deepEqual(readDocument('stk:\n  on: true\n  word: yes\n  list: [1, a]\n  none: null\n'), wanted);
  assert.deepEqual(readDocument(JSON.stringify(wanted.value)), wanted);
  assert.deepEqual(readDocument('a: &one 1\nb: *one'), { ok: true, value: { a: 1, b: 1 } });
  fc.assert(
    fc.property(anyObject, (document) => {
      const read = readDocument(JSON.stringify(document));
      // What no store takes is refused.
      if (!read.ok) assert.match(read.reason, /U\+0000|Unicode|exactly|<<|is empty/);
      else assert.deepEqual(read.value, document);
    }),
  );
});

test('what YAML takes and nobody means is refused with its place', () => {
  const refused: [string, RegExp][] = [
    ['a: 1\na: 2', /^line 2, column 1: the key a is here twice/],
    ['{"a": 1, "a": 2}', /the key a is here twice/],
    ['a:\n  b: 1\n  <<: { c: 1 }', /^line 3, column 3: merge keys/],
    ['a:\n\tb: 1', /Tabs are not allowed/],
    ['stk:\n  # enabled: false\nb: 1', /^line 1, column 1: the key has no value; write null/],
    ['a: [1, , 2]', /item|comma|,/],
    ['a: .nan', /\.nan is not a number/],
    ['a: [-.inf]', /-\.inf is not a number/],
    ['a: 1e400', /1e400 is not a number/],
    ['a: 017', /begins with 0/],
    ['a: 9007199254740993', /cannot|exactly/],
    ['174379: x', /write it in quotes: "174379"/],
    ['null: x', /the key null is no text/],
    ['? [a]\n: 1', /a key must be text/],
    ['a: !!binary aGk=', /the tag .*binary is not taken/],
    ['a: !secret x', /Unresolved tag/],
    ['%YAML 1.1\n---\na: yes', /YAML 1\.2/],
    ['a: 1\n---\nb: 2', /several documents/],
    ['a: "open', /Missing closing/],
    ['a: *gone', /alias/i],
    ['', /empty/],
    ['# nothing', /empty/],
    ['- a', /not an object/],
    ['7', /not an object/],
    ['a: "\\u0000"', /U\+0000/],
    ['a: "\\ud800"', /Unicode/],
  ];
  for (const [text, reason] of refused) assert.match(reasonOf(text), reason, text);
});

test('a bomb of any kind is refused at once', () => {
  const nine = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(',')}]\n`;
  const laughs = `a: &a [x]\n${'bcdefghi'.split('').reduce((text, name) => text + nine(name, String.fromCharCode(name.charCodeAt(0) - 1)), '')}`;
  const bombs = [
    `a: "${'x'.repeat(50_000_000)}"`,
    '['.repeat(MOST_BYTES - 1),
    `a: ${'{b: '.repeat(20_000)}`,
    `${'- '.repeat(50_000)}a`,
    `${'? '.repeat(50_000)}a`,
    laughs,
    `a: [${'1, '.repeat(20_000)}.nan]`,
    `${Array.from({ length: 8_000 }, (_, index) => `key${index}: text`).join('\n')}\nkey0: again`,
  ];
  for (const bomb of bombs) {
    const from = performance.now();
    reasonOf(bomb);
    assert.ok(performance.now() - from < 3_000, bomb.slice(0, 20));
  }
});
