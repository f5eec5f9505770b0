import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settlementFixture } from '../../../../test/mpesa/settlement.ts';
import { seededWallet } from '../../../handset/seeds.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { newId } from '../../../platform/ids.ts';
import { createAccountOpener } from './account-opener.ts';
import { accounts } from './accounts.ts';

const { books, clock, settings, balanceCents } = await settlementFixture();
const opener = () =>
  createAccountOpener({ books, settings: () => settings.accounts, termsOf: seededWallet, clock });
const soon = () => Deadline.in(5_000);
const payment = (msisdn: string, neededCents = 10_000n) => ({ id: newId(), msisdn, neededCents });

test('account numbers follow from who owns them, and the ranges do not meet', () => {
  assert.equal(accounts.customer('254708374149'), 254_708_374_149n);
  assert.equal(accounts.organisation('174379', 'utility'), 1_000_000_174_379n);
  assert.equal(accounts.organisation('174379', 'merchant'), 5_000_000_174_379n);
  const highestCustomer = accounts.customer('254999999999');
  assert.ok(accounts.fees < accounts.customer('254000000000'));
  assert.ok(highestCustomer < accounts.organisation('10000', 'utility'));
  assert.ok(accounts.organisation('9999999', 'utility') < accounts.organisation('10000', 'working'));
});

test('a subscriber is given the opening balance once, by however many processes and settings', async () => {
  const msisdn = '254712000001';
  const processes = Array.from({ length: 5 }, opener);
  await Promise.all(
    processes.map(async (one) => {
      await one.open({ msisdns: [msisdn], shortCodes: ['174379'] }, soon());
      await one.fund(payment(msisdn), soon());
    }),
  );
  assert.equal(await balanceCents(254_712_000_001n), 5_000_000n);
  settings.accounts = { ...settings.accounts, openingBalanceShillings: 70_000 };
  const later = opener();
  await later.open({ msisdns: [msisdn], shortCodes: [] }, soon());
  await later.fund(payment(msisdn), soon());
  assert.equal(await balanceCents(254_712_000_001n), 5_000_000n, 'the setting is for those who come later');
  assert.equal(await balanceCents(accounts.float), -5_000_000n, 'what is in circulation');
});

test('an opening balance never passes the most an account may hold', async () => {
  settings.accounts = { ...settings.accounts, openingBalanceShillings: 900, maxBalanceShillings: 600 };
  const one = opener();
  await one.open({ msisdns: ['254712000002'], shortCodes: [] }, soon());
  await one.fund(payment('254712000002'), soon());
  assert.equal(await balanceCents(254_712_000_002n), 60_000n);
});

test('a subscriber without M-Pesa gets no account', async () => {
  const one = opener();
  await one.open({ msisdns: ['254700000011'], shortCodes: [] }, soon());
  await one.fund(payment('254700000011'), soon());
  assert.equal(await balanceCents(254_700_000_011n), undefined);
});
