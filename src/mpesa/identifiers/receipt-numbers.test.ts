import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { createReceipts, datePrefix, formatReceipt, receiptDay } from './receipt-numbers.ts';

const { database } = await testDatabase([
  { part: 'mpesa', directory: join(import.meta.dirname, '..', 'migrations') },
]);

const documented = [
  { receipt: 'NLJ7RT61SV', at: '2019-12-19T10:21:15+03:00' },
  { receipt: 'UCQ5UAQ403', at: '2026-03-26T12:00:00+03:00' },
  { receipt: 'UCQ5UAPYRY', at: '2026-03-26T12:00:00+03:00' },
  { receipt: 'OA90000000', at: '2020-01-09T00:00:00+03:00' },
  { receipt: 'OFP0000000', at: '2020-06-25T23:59:59+03:00' },
  { receipt: 'MBN0000000', at: '2018-02-23T12:00:00+03:00' },
];

test('the first three characters are the day in East Africa, as in the documented receipts', () => {
  for (const { receipt, at } of documented) {
    const [year, month, day] = at.slice(0, 10).split('-').map(Number);
    assert.deepEqual(receiptDay(receipt), { year, month, day }, receipt);
    assert.equal(datePrefix(Date.parse(at)), receipt.slice(0, 3));
  }
  assert.equal(
    datePrefix(Date.parse('2026-03-25T21:00:00Z')),
    'UCQ',
    'it is tomorrow in Nairobi at 21:00 UTC',
  );
  assert.equal(receiptDay('ws_CO_1234'), undefined);
});

test('receipts of neighbouring numbers differ, and only in their last four characters', () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  const first = 12_345_678_901n;
  const receipts = Array.from({ length: 5_000 }, (_, i) => formatReceipt(first + BigInt(i), now));
  assert.equal(new Set(receipts).size, receipts.length);
  assert.equal(new Set(receipts.map((receipt) => receipt.slice(0, 6))).size, 1);
  for (const receipt of receipts) assert.match(receipt, /^UKN[0-9A-Z]{7}$/);
});

test('no two processes give the same receipt, however they interleave and however small their blocks are', async () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  const processes = Array.from({ length: 4 }, () => createReceipts(database, { blockSize: 7 }));
  const taken = await Promise.all(
    Array.from({ length: 60 }, (_, i) => processes[i % 4]?.take((i % 11) + 1, now) ?? []),
  );
  const all = taken.flat();
  assert.equal(
    all.length,
    Array.from({ length: 60 }, (_, i) => (i % 11) + 1).reduce((a, b) => a + b),
  );
  assert.equal(new Set(all).size, all.length);
});
