import { showCallback } from '../../delivery/outbox/browse.ts';
import { syntheticNumbers } from '../../handset/seeds.ts';
import { checkoutRequestId, requestId } from '../../mpesa/identifiers/request-ids.ts';
import { shillingsToCents } from '../../mpesa/parties/accounts/accounts.ts';
import { insertPushes } from '../../mpesa/products/stk-push/insert.ts';
import { stkResults } from '../../mpesa/products/stk-push/results.ts';
import type { StkSettings } from '../../mpesa/products/stk-push/settings.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import { newId } from '../../platform/ids.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import type { ProcessEnvironment } from '../main/environment.ts';
import { allowedCallback, allowedShillings, type PaymentRules } from './allowed-payment.ts';
import { openCallbackSink } from './callbacks.ts';
import { SyntheticFault } from './client.ts';
import { syntheticMerchant } from './merchant.ts';

/** A payment from its acceptance to its callback, as a worker makes it: no API has a part in it. */
export interface WholePayments {
  /** Throws a `SyntheticFault` when the payment does not end with 0, or its callback does not arrive. */
  pay(deadline: Deadline): Promise<void>;
  close(): void;
}

interface Begun {
  id: string;
  checkout: string;
  callbackUrl: string;
}

/** After the result a callback to this very process takes no longer, unless it does not come at all. */
const CALLBACK_MS = 8_000;
const LOOK_EVERY_MS = 100;
const MOST_REMEMBERED = 64;

export async function wholePayments(options: {
  env: ProcessEnvironment;
  database: Database;
  clock: Clock;
  rules: () => PaymentRules & Pick<StkSettings, 'promptLifetimeMs'>;
  /** How long its callback may take after the result. */
  callbackMs?: number;
}): Promise<WholePayments> {
  const { env, database, clock, rules, callbackMs = CALLBACK_MS } = options;
  const arrived = new Map<string, unknown>();
  const sink = await openCallbackSink(env, (body) => {
    const { id, code } = readCallback(body);
    arrived.set(id, code);
    for (const [oldest] of arrived) if (arrived.size > MOST_REMEMBERED) arrived.delete(oldest);
  });
  const { shortCode } = await syntheticMerchant(env.home);
  let next = Math.floor(Math.random() * syntheticNumbers.count);

  async function begin(): Promise<Begun> {
    next = (next + 1) % syntheticNumbers.count;
    const msisdn = String(syntheticNumbers.first + next);
    const callbackUrl = allowedCallback(sink.url, rules());
    if (callbackUrl === undefined) throw new SyntheticFault('no callback address at all is accepted');
    const [id, checkout] = [newId(), checkoutRequestId(clock.now(), msisdn)];
    const push = {
      id,
      merchantRequestId: requestId(),
      checkoutRequestId: checkout,
      appId: 'synthetic',
      shortCode,
      partyB: shortCode,
      transactionType: 'CustomerPayBillOnline' as const,
      msisdn,
      amountCents: shillingsToCents(allowedShillings(rules())),
      accountReference: 'SYNTHETIC',
      description: 'Synthetic',
      callbackUrl,
    };
    const times = { acceptedAtMs: clock.now(), lifetimeMs: rules().promptLifetimeMs };
    const taken = await insertPushes(database, [push], times);
    if (!taken.has(id)) throw new SyntheticFault('a push is not taken');
    return { id, checkout, callbackUrl };
  }

  async function resultOf(id: string): Promise<string | undefined> {
    const { rows } = await database.query<{ code: string | null }>({
      name: 'synthetic-result',
      text: 'select result_code::text as code from mpesa.stk_push where id = $1',
      values: [id],
    });
    return rows[0]?.code ?? undefined;
  }

  /**
   * Whether the callback has gone where it was to go; throws when it has not, and will not. Where nobody is
   * known to serve the address, it is enough that it was tried: what our own rules refuse is not.
   */
  async function called({ id, checkout, callbackUrl }: Begun): Promise<boolean> {
    if (sink.own && callbackUrl === sink.url) {
      if (!arrived.has(checkout)) return false;
      if (arrived.get(checkout) === stkResults.paid.code) return true;
      throw new SyntheticFault(
        `the callback of a payment says result ${String(arrived.get(checkout))}`,
        checkout,
      );
    }
    const { log = [] } = (await showCallback(database, id)) ?? {};
    const [first] = log;
    if (first === undefined) return false;
    const isServed = callbackUrl === env.syntheticCallbackUrl;
    if (isServed ? first.outcome === 'delivered' : first.outcome !== 'refused') return true;
    const why = `${first.outcome}: ${first.reason ?? ''}`;
    throw new SyntheticFault(
      `the callback of a payment to ${callbackUrl} is not delivered: ${why}`,
      checkout,
    );
  }

  return {
    pay: (deadline) =>
      within(deadline, 'a whole payment', async () => {
        const begun = await begin();
        const code = await lookUntil(() => resultOf(begun.id), { everyMs: LOOK_EVERY_MS, deadline });
        if (code === undefined) throw new SyntheticFault('a payment has no result in time', begun.checkout);
        if (code !== String(stkResults.paid.code))
          throw new SyntheticFault(`a payment ended with result ${code}`, begun.checkout);
        const isCalled = await lookUntil(async () => (await called(begun)) || undefined, {
          everyMs: LOOK_EVERY_MS,
          deadline: Deadline.in(callbackMs, deadline),
        });
        if (isCalled === undefined)
          throw new SyntheticFault(
            `the callback of a payment has not arrived ${callbackMs} ms after its result`,
            begun.checkout,
          );
        arrived.delete(begun.checkout);
      }),
    close: () => sink.close(),
  };
}

function readCallback(body: string): { id: string; code: unknown } {
  try {
    const { CheckoutRequestID, ResultCode } = Object(JSON.parse(body)).Body.stkCallback;
    return { id: String(CheckoutRequestID), code: ResultCode };
  } catch {
    // Not a callback of a push: nobody waits for it.
    return { id: '', code: undefined };
  }
}
