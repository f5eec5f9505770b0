import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultDeliverySettings } from '../settings.ts';
import { addressAllowed, checkUrl, hostOf } from './target.ts';

const live = defaultDeliverySettings;
const local = { ...live, allowPrivateTargets: true, allowPlainHttp: true };

const everywhereRefused = [
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '169.254.0.1',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:2::1',
  '2001:10::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '5f00::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '4000::1',
  'not an address',
  '',
];

const localOnly = [
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.254',
  '127.0.0.1',
  '127.255.255.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '::1',
  'fc00::1',
  'fd12:3456::1',
];

const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '100.128.0.1',
  '172.32.0.1',
  '196.201.214.200',
  '2606:4700::1111',
];

for (const address of everywhereRefused) {
  test(`${address || 'an empty address'} is never connected to`, () => {
    assert.equal(addressAllowed(address, live), false);
    assert.equal(addressAllowed(address, local), false);
  });
}

for (const address of localOnly) {
  test(`${address} is connected to in the local profile alone`, () => {
    assert.equal(addressAllowed(address, live), false);
    assert.equal(addressAllowed(address, local), true);
  });
}

for (const address of publicAddresses) {
  test(`${address} may be connected to`, () => {
    assert.equal(addressAllowed(address, live), true);
    assert.equal(addressAllowed(address, local), true);
  });
}

// Whatever form an address is written in, the one that is checked is the one that is connected to.
for (const [written, address] of [
  ['http://2130706433/', '127.0.0.1'],
  ['http://0177.0.0.1/', '127.0.0.1'],
  ['http://0x7f.0.0.1/', '127.0.0.1'],
  ['http://0x7f000001/', '127.0.0.1'],
  ['http://127.1/', '127.0.0.1'],
  ['http://0/', '0.0.0.0'],
  ['http://0xa9fea9fe/', '169.254.169.254'],
  ['http://2852039166/', '169.254.169.254'],
  ['http://0251.0376.0251.0376/', '169.254.169.254'],
  ['http://１２７.０.０.１/', '127.0.0.1'],
  ['http://127。0。0。1/', '127.0.0.1'],
  ['http://%31%32%37.0.0.1/', '127.0.0.1'],
  ['http://[::ffff:7f00:1]/', '::ffff:7f00:1'],
  ['http://[0:0:0:0:0:0:0:1]/', '::1'],
] as const) {
  test(`${written} is at ${address}, which is refused`, () => {
    const verdict = checkUrl(written, { ...live, allowPlainHttp: true });
    assert.ok(verdict.ok);
    assert.equal(verdict.target.hostname, address);
    assert.equal(addressAllowed(address, live), false);
  });
}

for (const [url, reason] of [
  ['http://shop.example/pay', /http: is not allowed/],
  ['ftp://shop.example/pay', /ftp: is not allowed/],
  ['file:///etc/passwd', /file: is not allowed/],
  ['https://shop.example:22/pay', /port 22 is not allowed/],
  ['https://user:word@shop.example/', /credentials/],
  ['https://user@shop.example/', /credentials/],
  ['https://shop.example\\@evil.example/', /not a valid URL/],
  ['https://shop.example/a b', /not a valid URL/],
  ['https://shop.example/a\r\nX-Evil: 1', /not a valid URL/],
  ['https://shop.ex\tample/', /not a valid URL/],
  ['https:shop.example/pay', /not a valid URL/],
  ['https:///shop.example/pay', /not a valid URL/],
  ['https://shop.example/\u200bpay', /not a valid URL/],
  ['https://sh\u00adop.example/pay', /not a valid URL/],
  ['https://shop.example:0/pay', /port 0/],
  ['https://', /not a valid URL/],
  ['https://256.256.256.256/', /not a valid URL/],
  ['shop.example/pay', /not a valid URL/],
  ['', /not a valid URL/],
] as const) {
  test(`${JSON.stringify(url)} is refused`, () => {
    const verdict = checkUrl(url, live);
    assert.ok(!verdict.ok);
    assert.match(verdict.reason, reason);
  });
}

for (const [url, path, port] of [
  ['https://shop.example', '/', 443],
  ['https://shop.example?order=7', '/?order=7', 443],
  ['https://shop.example:8443/a/../b/./c//d', '/a/../b/./c//d', 8443],
  ['https://shop.example/pay%2Fx/%7Bid%7D?a=b&c=%20#fragment', '/pay%2Fx/%7Bid%7D?a=b&c=%20', 443],
  ['https://shop.example/pay;v=1/x,y', '/pay;v=1/x,y', 443],
  ['https://shop.example/malipo/café', '/malipo/caf%C3%A9', 443],
] as const) {
  test(`${url} is sent to the path as it was written`, () => {
    const verdict = checkUrl(url, live);
    assert.ok(verdict.ok);
    assert.equal(verdict.target.path, path);
    assert.equal(verdict.target.port, port);
    assert.equal(verdict.target.hostname, 'shop.example');
  });
}

test('the local profile allows plain HTTP at any port', () => {
  assert.ok(checkUrl('http://localhost:31337/pay', local).ok);
});

test('a host is one word for all ways to write it', () => {
  assert.equal(hostOf('https://SHOP.example:8443/a'), 'shop.example');
  assert.equal(hostOf('no url'), '');
});
