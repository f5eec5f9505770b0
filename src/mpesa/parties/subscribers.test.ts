import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededPhones } from '../../handset/seeds.ts';
import { freshlySwapped, subscriberOf } from './subscribers.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-23T09:00:00Z');
const many = Array.from({ length: 2_000 }, (_, i) =>
  subscriberOf(`254${i % 2 ? 7 : 1}${String(i * 40_009).padStart(8, '0')}`),
);

test('the seeded numbers keep the names that are promised', () => {
  for (const { msisdn, name, wallet } of seededPhones) {
    const subscriber = subscriberOf(msisdn);
    assert.equal(subscriber.name, name);
    assert.equal(`${subscriber.names.first} ${subscriber.names.last}`, name);
    assert.equal(subscriber.registered, wallet?.unregistered !== true);
  }
});

test('a number is always the same person, as another process made it', () => {
  const { imsi, lastSimSwapMs, ...person } = subscriberOf('254712345678');
  assert.deepEqual(person, {
    msisdn: '254712345678',
    names: { first: 'Fatuma', middle: 'Cherono', last: 'Cheruiyot' },
    name: 'Fatuma Cherono Cheruiyot',
    registered: true,
    registrationDay: '2022-03-16',
    document: { type: '01', number: '34438550' },
  });
  assert.equal(imsi(NOW), '639020601392129');
  assert.equal(lastSimSwapMs(NOW), 1_779_279_480_000);
});

test('two numbers are seldom the same person, and every fact has its form', () => {
  assert.ok(new Set(many.map(({ name }) => name)).size > 1_800);
  assert.equal(new Set(many.map(({ imsi }) => imsi(NOW))).size, many.length);
  const forms = { '01': /^\d{8}$/, '02': /^\d{6}$/, '05': /^A\d{7}$/ };
  for (const { msisdn, names, imsi, registrationDay, document } of many) {
    for (const name of Object.values(names)) assert.match(name, /^[A-Z][a-z]+$/);
    assert.match(imsi(NOW), /^63902\d{10}$/);
    assert.match(document.number, forms[document.type]);
    assert.ok(registrationDay >= (msisdn.startsWith('2541') ? '2021-01-04' : '2007-03-06'), registrationDay);
    assert.ok(registrationDay < '2026-01-01', registrationDay);
  }
  assert.deepEqual(new Set(many.map(({ document }) => document.type)), new Set(['01', '02', '05']));
});

test('a swap is after the registration and never in the future; time only adds to them', () => {
  for (const { lastSimSwapMs, registrationDay, imsi } of many) {
    let before = 0;
    for (let at = NOW; at < NOW + 3_000 * DAY_MS; at += 97 * DAY_MS) {
      const swap = lastSimSwapMs(at);
      if (swap === undefined) continue;
      assert.ok(swap <= at && swap > Date.parse(registrationDay) && swap >= before);
      assert.equal(swap % 60_000, 0);
      assert.notEqual(imsi(at), imsi(swap - 1), 'the new card has another IMSI');
      assert.equal(imsi(at), imsi(swap));
      before = swap;
    }
    assert.notEqual(before, 0, 'in eight years each is swapped');
  }
  const never = many.filter(({ lastSimSwapMs }) => lastSimSwapMs(NOW) === undefined).length;
  const lately = many.filter(({ lastSimSwapMs }) => (lastSimSwapMs(NOW) ?? 0) > NOW - 90 * DAY_MS).length;
  assert.ok(never > 100 && lately > 50, `${never} never, ${lately} lately`);
});

test('one number has always just been swapped', () => {
  for (const at of [NOW, NOW + 12_345_678_901]) {
    const swap = subscriberOf(freshlySwapped).lastSimSwapMs(at) ?? 0;
    assert.ok(at - swap >= 2 * DAY_MS && at - swap < 3 * DAY_MS);
  }
});
