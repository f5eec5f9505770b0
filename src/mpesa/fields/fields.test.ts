import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../platform/settings.ts';
import { checkoutRequestId, requestId } from '../identifiers/request-ids.ts';
import { stkSettings } from '../products/stk-push/settings.ts';
import { callbackUrl } from './callback-url.ts';
import { choice } from './choice.ts';
import { digits } from './digits.ts';
import type { Field } from './field.ts';
import { msisdn } from './msisdn.ts';
import { wholeShillings } from './shillings.ts';
import { text } from './text.ts';
import { timestamp } from './times/timestamp.ts';

const read = <Value>(field: Field<Value>, value: unknown) => field.read(value, undefined);

test('numbers and text are the same in any field', () => {
  assert.equal(read(text(), 174379), read(text(), '174379'));
  assert.equal(read(digits(5, 7), 174379), '174379');
  assert.equal(read(msisdn, 254708374149), '254708374149');
  assert.equal(read(wholeShillings, 10), read(wholeShillings, '10'));
});

test('an enumeration is trimmed, and nothing else is', () => {
  assert.equal(read(choice(['CustomerPayBillOnline']), 'CustomerPayBillOnline '), 'CustomerPayBillOnline');
  assert.equal(read(text(), '  order 1 '), '  order 1 ');
  for (const blank of [' ', '\n', '\t', '\u00a0']) {
    assert.equal(read(digits(5, 7), `174379${blank}`), undefined);
    assert.equal(read(msisdn, `${blank}254708374149`), undefined);
    assert.equal(read(wholeShillings, `10${blank}`), undefined);
    assert.equal(read(timestamp, `20261123120000${blank}`), undefined);
    assert.equal(
      callbackUrl.read(`https://a.example.com/cb${blank}`, defaultsOf(stkSettings).callbackUrl),
      undefined,
    );
  }
});

test('a timestamp is a date that the calendar has', () => {
  for (const good of [
    '20261123120000',
    '20240229235959',
    '20000229000000',
    20261231000000,
    '19990131000000',
  ]) {
    assert.equal(read(timestamp, good), String(good));
  }
  for (const bad of [
    '20261323120000',
    '20260023120000',
    '20261100120000',
    '20261131120000',
    '20230229120000',
    '21000229120000',
    '20261123240000',
    '20261123126000',
    '20261123120060',
    '00001123120000',
    '2026112312000',
    '202611231200000',
    '2026-11-23T12:00',
    '२०२६११२३१२००००',
  ]) {
    assert.equal(read(timestamp, bad), undefined, String(bad));
  }
});

test('nothing else is text', () => {
  for (const value of [
    undefined,
    null,
    '',
    '   ',
    true,
    {},
    ['a'],
    'a\u0000b',
    'a\nb',
    'a\u0085b',
    'a\ud800',
    'x'.repeat(2_001),
  ]) {
    assert.equal(read(text(), value), undefined);
  }
  assert.equal(read(text(12), 'thirteen char'), undefined);
});

test('digits are decimal digits within their lengths', () => {
  for (const value of ['1234', '12345678', '12 45', '-12345', '1e5', '१२३४५', 12.345, 1e21, null, true]) {
    assert.equal(read(digits(5, 7), value), undefined);
  }
});

test('a number is 2547 or 2541 and eight more digits', () => {
  assert.equal(read(msisdn, '254110000000'), '254110000000');
  for (const value of ['0708374149', '+254708374149', '254608374149', '25470837414', '2547083741499', 1]) {
    assert.equal(read(msisdn, value), undefined);
  }
});

test('an amount is whole shillings, in cents', () => {
  assert.equal(read(wholeShillings, '1'), 100n);
  assert.equal(read(wholeShillings, 250_000), 25_000_000n);
  assert.equal(read(wholeShillings, '10.00'), 1_000n);
  assert.equal(read(wholeShillings, 999_999_999_999), 99_999_999_999_900n);
  for (const value of [
    0,
    '0',
    -1,
    1.5,
    '1.50',
    '1,000',
    '1e3',
    1e21,
    '',
    null,
    'ten',
    '1000000000000',
    true,
  ]) {
    assert.equal(read(wholeShillings, value), undefined);
  }
});

test('a callback goes to a public address over https, unless the settings say otherwise', () => {
  const strict = defaultsOf(stkSettings).callbackUrl;
  const local = { ...strict, allowPlainHttp: true, allowPrivateTargets: true };
  const publicUrl = 'https://merchant.example.com/mpesa/a//b?c=d';
  assert.equal(callbackUrl.read(publicUrl, strict), publicUrl);
  const localOnly = [
    'http://merchant.example.com/cb',
    'https://localhost/cb',
    'https://127.0.0.1/cb',
    'https://[::1]:3000/cb',
    'https://10.1.2.3/cb',
    'https://192.168.0.7/cb',
    'https://2130706433/cb',
    'https://receiver/cb',
    'https://merchant.example.com:9999/cb',
  ];
  for (const url of localOnly) {
    assert.equal(callbackUrl.read(url, strict), undefined, url);
    assert.equal(callbackUrl.read(url, local), url);
  }
  const never = [
    '',
    'merchant',
    'ftp://merchant.example.com/',
    'https://merchant.example.com/call back',
    'https://user:word@merchant.example.com/',
    'https://',
    `https://merchant.example.com/${'a'.repeat(2_000)}`,
    'https://merchant.example.com/a\\b',
    ' https://merchant.example.com/cb',
    'https://merchant.example.com/cb ',
    'https:merchant.example.com/cb',
    'https:/merchant.example.com/cb',
    'https:///merchant.example.com/cb',
    'https:\\\\merchant.example.com/cb',
    'https://merchant.example.com/c\tb',
    'https://merchant.example.com/c\nb',
    'https://merchant.example.com/c\u00a0b',
    'https://merchant.example.com/c\u200bb',
    'https://merch\u00adant.example.com/cb',
    'https://merch\u200bant.example.com/cb',
    '\ufeffhttps://merchant.example.com/cb',
    'https://merchant.example.com/\u202ecb',
    'https://merchant.example.com/\ud800',
    'https://merchant.example.com:0/cb',
    'https://merchant.example.com:00/cb',
    'https://merchant.example.com:65536/cb',
    'https://merchant.example.com:4 43/cb',
    174379,
    null,
  ];
  for (const url of never) assert.equal(callbackUrl.read(url, local), undefined, String(url));
});

test('words can be refused anywhere in a callback, in any case', () => {
  const settings = { ...defaultsOf(stkSettings).callbackUrl, forbiddenWords: ['mpesa', 'SQL'] };
  assert.equal(callbackUrl.read('https://a.example.com/MPESA/cb', settings), undefined);
  assert.equal(callbackUrl.read('https://sql.example.com/cb', settings), undefined);
  assert.equal(callbackUrl.read('https://a.example.com/cb', settings), 'https://a.example.com/cb');
});

test('identifiers have the form of the vendor', () => {
  const ids = Array.from({ length: 1_000 }, requestId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\d{7,}$/);
  const at = Date.UTC(2026, 8, 6, 10, 36, 41, 6);
  assert.equal(checkoutRequestId(at, '254708374149'), 'ws_CO_06092026133641006708374149');
  assert.equal(checkoutRequestId(at + 994, '254110000001'), 'ws_CO_06092026133642000110000001');
});
