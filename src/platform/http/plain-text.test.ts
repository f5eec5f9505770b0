import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlain, isPlainBlock, isPlainValue, readBase64, readBasic, readUtf8 } from './plain-text.ts';

test('text has no control characters and no half characters', () => {
  for (const good of ['', 'Mama Mboga', 'Ñandú 🦁', 'a\u200db', ' x ']) assert.ok(isPlain(good), good);
  for (const bad of [
    'a\u0000',
    'a\nb',
    '\t',
    '\u001b[31m',
    '\u007f',
    '\u0085',
    '\u009f',
    '\ud800',
    'a\udc00b',
  ]) {
    assert.ok(!isPlain(bad), JSON.stringify(bad));
  }
  assert.ok(isPlainBlock('-----BEGIN\r\n\tx\n'));
  for (const bad of ['a\u0000', '\u000b', '\u000c', '\u001b', '\u007f', '\ud800'])
    assert.ok(!isPlainBlock(bad));
});

test('a value is plain when all of its text is, wherever it stands', () => {
  assert.ok(isPlainValue({ a: ['b', { c: 1, d: null, e: true }] }));
  for (const bad of ['\u0000', ['a', '\u0001'], { 'a\u0000': 1 }, { a: { b: ['\u001b'] } }]) {
    assert.ok(!isPlainValue(bad));
  }
});

test('bytes are UTF-8 or no text', () => {
  assert.equal(readUtf8(Buffer.from('Ñ🦁')), 'Ñ🦁');
  for (const bytes of [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]]) {
    assert.equal(readUtf8(Buffer.from(bytes)), undefined);
  }
});

test('base64 is read to the letter', () => {
  assert.equal(readBase64('a2V5')?.toString(), 'key');
  for (const text of ['a2V5=', 'a2V', 'a2V5\n', ' a2V5', 'a2-_', 'a2V5!', 'a2W=']) {
    assert.equal(readBase64(text), undefined, text);
  }
});

test('Basic credentials are two parts of plain text', () => {
  const basic = (bytes: string | Buffer) => `Basic ${Buffer.from(bytes).toString('base64')}`;
  assert.deepEqual(readBasic(basic('key:a:b')), { user: 'key', password: 'a:b' });
  assert.deepEqual(readBasic(basic('key:x').replace('Basic ', 'bASIC  ')), { user: 'key', password: 'x' });
  for (const header of [
    undefined,
    '',
    'Basic',
    'Bearer a2V5OmE=',
    'Basic a2V5OmE',
    `${basic('key:a')}\u00a0`,
    basic('key'),
    basic(':a'),
    basic('key:'),
    basic('key:a\u0000'),
    basic('k\ney:a'),
    basic('key:\u009f'),
    basic(Buffer.from([0x6b, 0x3a, 0xff])),
  ]) {
    assert.equal(readBasic(header), undefined, String(header));
  }
});
