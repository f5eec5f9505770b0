import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chargesOn } from './customer-charges.ts';
import { chargeOf } from './tariff.ts';

const at = (day: string) => Date.parse(`${day}T00:00:00+03:00`);

test('the bands of 2025, at both ends of each', () => {
  const { send, withdraw } = chargesOn(at('2026-11-23'));
  const rows: [shillings: number, send: number, withdraw: number][] = [
    [50, 0, 11],
    [100, 0, 11],
    [101, 7, 29],
    [501, 13, 29],
    [1_000, 13, 29],
    [1_001, 23, 29],
    [2_500, 33, 29],
    [2_501, 53, 52],
    [5_000, 57, 69],
    [7_501, 90, 115],
    [15_000, 100, 167],
    [20_000, 105, 185],
    [35_000, 108, 197],
    [50_000, 108, 278],
    [250_000, 108, 309],
  ];
  for (const [shillings, sent, withdrawn] of rows) {
    const cents = BigInt(shillings) * 100n;
    assert.deepEqual(
      [chargeOf(cents, send), chargeOf(cents, withdraw)],
      [BigInt(sent) * 100n, BigInt(withdrawn) * 100n],
      String(shillings),
    );
  }
});

test('a tariff holds from midnight in Nairobi of its day on', () => {
  const tariff = (from: string) => ({ from, send: [], withdraw: [] });
  const tariffs = [tariff('2025-01-01'), tariff('2027-01-01')];
  const fromOf = (ms: number) => chargesOn(ms, tariffs).from;
  assert.equal(fromOf(at('2027-01-01') - 1), '2025-01-01');
  assert.equal(fromOf(at('2027-01-01')), '2027-01-01');
  assert.equal(fromOf(at('2024-06-01')), '2025-01-01');
});
