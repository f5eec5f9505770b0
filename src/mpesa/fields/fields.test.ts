import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultMpesaSettings } from '../api/settings.ts';
import { checkoutRequestId, requestId } from '../identifiers/request-ids.ts';
import { callbackUrl } from './callback-url.ts';
import { choice, digits, msisdn, text, timestamp, wholeShillings } from './fields.ts';

test('numbers and text are the same in any field', () => {
  assert.equal(text(174379), text('174379'));
  assert.equal(digits(174379, 5, 7), '174379');
  assert.equal(msisdn(254708374149), '254708374149');
  assert.equal(wholeShillings(10), wholeShillings('10'));
});

test('an enumeration is trimmed, and nothing else is', () => {
  assert.equal(choice('CustomerPayBillOnline ', ['CustomerPayBillOnline']), 'CustomerPayBillOnline');
  assert.equal(text('  order 1 '), '  order 1 ');
  for (const blank of [' ', '\n', '\t', '\u00a0']) {
    assert.equal(digits(`174379${blank}`, 5, 7), undefined);
    assert.equal(msisdn(`${blank}254708374149`), undefined);
    assert.equal(wholeShillings(`10${blank}`), undefined);
    assert.equal(timestamp(`20261123120000${blank}`), undefined);
    assert.equal(
      callbackUrl(`https://a.example.com/cb${blank}`, defaultMpesaSettings.stk.callbackUrl),
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
    assert.equal(timestamp(good), String(good));
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
    assert.equal(timestamp(bad), undefined, String(bad));
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
    assert.equal(text(value), undefined);
  }
  assert.equal(text('thirteen char', 12), undefined);
});

test('digits are decimal digits within their lengths', () => {
  for (const value of ['1234', '12345678', '12 45', '-12345', '1e5', '१२३४५', 12.345, 1e21, null, true]) {
    assert.equal(digits(value, 5, 7), undefined);
  }
});

test('a number is 2547 or 2541 and eight more digits', () => {
  assert.equal(msisdn('254110000000'), '254110000000');
  for (const value of ['0708374149', '+254708374149', '254608374149', '25470837414', '2547083741499', 1]) {
    assert.equal(msisdn(value), undefined);
  }
});

test('an amount is whole shillings, in cents', () => {
  assert.equal(wholeShillings('1'), 100n);
  assert.equal(wholeShillings(250_000), 25_000_000n);
  assert.equal(wholeShillings('10.00'), 1_000n);
  assert.equal(wholeShillings(999_999_999_999), 99_999_999_999_900n);
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
    assert.equal(wholeShillings(value), undefined);
  }
});

test('a callback goes to a public address over https, unless the settings say otherwise', () => {
  const strict = defaultMpesaSettings.stk.callbackUrl;
  const local = { ...strict, allowPlainHttp: true, allowPrivateTargets: true };
  const publicUrl = 'https://merchant.example.com/mpesa/a//b?c=d';
  assert.equal(callbackUrl(publicUrl, strict), publicUrl);
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
    assert.equal(callbackUrl(url, strict), undefined, url);
    assert.equal(callbackUrl(url, local), url);
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
  for (const url of never) assert.equal(callbackUrl(url, local), undefined, String(url));
});

test('words can be refused anywhere in a callback, in any case', () => {
  const settings = { ...defaultMpesaSettings.stk.callbackUrl, forbiddenWords: ['mpesa', 'SQL'] };
  assert.equal(callbackUrl('https://a.example.com/MPESA/cb', settings), undefined);
  assert.equal(callbackUrl('https://sql.example.com/cb', settings), undefined);
  assert.equal(callbackUrl('https://a.example.com/cb', settings), 'https://a.example.com/cb');
});

test('identifiers have the form of the vendor', () => {
  const ids = Array.from({ length: 1_000 }, requestId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\d{7,}$/);
  const at = Date.UTC(2026, 8, 6, 10, 36, 41, 6);
  assert.equal(checkoutRequestId(at, '254708374149'), 'ws_CO_06092026133641006708374149');
  assert.equal(checkoutRequestId(at + 994, '254110000001'), 'ws_CO_06092026133642000110000001');
});
