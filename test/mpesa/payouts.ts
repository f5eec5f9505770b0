import assert from 'node:assert/strict';
import { seededWallet } from '../../src/handset/seeds.ts';
import { settledProducts } from '../../src/mpesa/catalogue.ts';
import { createReceipts } from '../../src/mpesa/identifiers/receipt-numbers.ts';
import { createAccountOpener } from '../../src/mpesa/parties/accounts/account-opener.ts';
import { accounts, type OrganisationKind } from '../../src/mpesa/parties/accounts/accounts.ts';
import { paymentPosting } from '../../src/mpesa/products/stk-push/settlement/money.ts';
import type { AnsweredPush } from '../../src/mpesa/products/stk-push/settlement/rows.ts';
import { findRequest } from '../../src/mpesa/requests/find.ts';
import { Deadline } from '../../src/platform/deadline.ts';
import { newId } from '../../src/platform/ids.ts';
import { startMpesaApi } from './mpesa-api.ts';
import { requestsFixture, SHORT_CODE, settleAll } from './requests.ts';

/** Who pays by phone. */
export const CUSTOMER = '254722000001';

export type Item = { Key: string; Value?: string | number };

/** The `Result` of a callback. */
export interface Told {
  ResultType: number | string;
  ResultCode: number | string;
  ResultDesc: string;
  OriginatorConversationID: string;
  ConversationID: string;
  TransactionID: string;
  ResultParameters?: { ResultParameter: Item | Item[] };
  ReferenceData?: { ReferenceItem: Item | Item[] };
}

/**
 * The API over real HTTP, real books, and one worker of all products. What a request ends in is read where
 * its callback is written.
 */
export async function payoutsFixture(options?: Parameters<typeof requestsFixture>[0]) {
  const fixture = await requestsFixture(options);
  const { database, books, clock, good } = fixture;
  const api = await startMpesaApi({ database, clock });
  const steps = fixture.worker({ products: settledProducts });
  const opener = createAccountOpener({
    books,
    settings: () => fixture.accountSettings,
    termsOf: seededWallet,
    clock,
  });
  const receipts = createReceipts(database, { blockSize: 10 });
  const soon = () => Deadline.in(5_000);

  const has = async (account: bigint) => (await books.balance(account, soon()))?.availableCents ?? 0n;

  /** The callback of a request that was acknowledged. */
  async function settled({ data }: { data: Record<string, unknown> }): Promise<Told> {
    await settleAll(steps);
    const id = await findRequest(database, String(data.ConversationID));
    return (await fixture.callback(id ?? assert.fail('no such request'))).result;
  }

  return {
    ...fixture,
    api,
    steps,
    opener,
    soon,
    has,
    /** What an organisation has, in cents. */
    holds: (kind: OrganisationKind, shortCode = SHORT_CODE) => has(accounts.organisation(shortCode, kind)),

    /** What every request has, whichever name the initiator goes by. */
    who: {
      Initiator: 'testapi',
      InitiatorName: 'testapi',
      SecurityCredential: good,
      Remarks: 'ok',
      QueueTimeOutURL: 'https://shop.test/timeout',
      ResultURL: 'https://shop.test/result',
    },

    /** Brings money of the operator's float to an organisation. */
    async give(kind: OrganisationKind, shillings: number, shortCode = SHORT_CODE): Promise<void> {
      await opener.open({ organisations: [{ shortCode, kind }] }, soon());
      const transfer = {
        kind: 'single' as const,
        id: newId(),
        debit: accounts.float,
        credit: accounts.organisation(shortCode, kind),
        amountCents: BigInt(shillings) * 100n,
        code: 'opening',
      };
      assert.equal((await books.post({ transfers: [transfer] }, soon())).applied, true);
    },

    /** A customer pays by STK push, as the settlement posts it; returns the receipt. */
    async paidByPhone(
      shillings: number,
      { msisdn = CUSTOMER, partyB = SHORT_CODE, payeeKind = 'paybill' as 'paybill' | 'till' } = {},
    ): Promise<string> {
      const id = newId();
      const [receipt = ''] = await receipts.take(1, clock.ms);
      const at = new Date(clock.ms);
      await opener.open({ msisdns: [msisdn], shortCodes: [SHORT_CODE] }, soon());
      await opener.fund({ id, msisdn, neededCents: 0n }, soon());
      const push: AnsweredPush = {
        id,
        merchantRequestId: `53e3-${id}`,
        checkoutRequestId: `ws_CO_${id}`,
        shortCode: SHORT_CODE,
        partyB,
        transactionType: 'CustomerPayBillOnline',
        msisdn,
        amountCents: BigInt(shillings) * 100n,
        accountReference: 'INV-1',
        callbackUrl: 'https://shop.test/paid',
        acceptedAt: at,
        expiresAt: at,
        payeeName: 'Duka',
        payeeKind,
        payeeHeadOffice: SHORT_CODE,
        products: ['stk'],
        answeredAt: at,
        receipt,
      };
      const { entry } = paymentPosting(push, {
        settings: fixture.mpesa.stk,
        wallet: undefined,
        now: at,
        claim: undefined,
      });
      assert.equal((await books.post(entry, soon())).applied, true);
      return receipt;
    },

    /** Asks, is acknowledged, settles, and returns the callback. */
    async told(path: string, body: object): Promise<Told> {
      const answered = await api.post(path, body);
      assert.equal(answered.status, 200, JSON.stringify(answered.body));
      return settled({ data: answered.body });
    },
    settled,
  };
}

/** `ResultParameters` by their keys; of a key that comes twice the last one. */
export function parametersOf({ ResultParameters }: Told): Record<string, unknown> {
  const items = [ResultParameters?.ResultParameter ?? []].flat();
  return Object.fromEntries(items.map(({ Key, Value }) => [Key, Value]));
}
