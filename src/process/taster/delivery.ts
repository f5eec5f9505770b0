import type { BadValue } from '../../agent/taster/verdict.ts';
import { send } from '../../delivery/attempt/send.ts';
import type { DeliverySettings } from '../../delivery/settings.ts';
import type { Outcome } from '../../delivery/types.ts';
import { shillingsToCents } from '../../mpesa/parties/accounts/accounts.ts';
import type { Deadline } from '../../platform/deadline.ts';
import type { PlatformDocument } from '../document/platform.ts';
import { readEnvironment } from '../main/environment.ts';
import { allowedCallback } from '../synthetic/allowed-payment.ts';
import { openCallbackSink } from '../synthetic/callbacks.ts';

/** A name that is reserved never to resolve (RFC 2606), and a port of this machine that nobody serves. */
const NAME = 'https://callback.invalid/';
const ADDRESS = 'https://127.0.0.1:9/';

/**
 * Has the worker's own code read what only an attempt reads: name servers, and the authority to trust. No
 * callback can arrive anywhere; only that an attempt could be made at all is looked at.
 */
export async function badDelivery(
  settings: DeliverySettings,
  deadline: Deadline,
): Promise<BadValue | undefined> {
  const tried = { dnsServers: NAME, ca: ADDRESS };
  const rules = { ...settings, allowPrivateTargets: true };
  for (const [key, url] of Object.entries(tried)) {
    try {
      await send({ url, headers: {}, body: '{}' }, rules, deadline, () => {});
    } catch (error) {
      return { key: `delivery.${key}`, cause: error instanceof Error ? error.message : String(error) };
    }
  }
  return undefined;
}

/**
 * Whether a callback that the document's API accepts is delivered by the document's rules: what is taken with
 * one hand and never sent with the other is found out by no request.
 */
export async function badCallbacks(
  { delivery, mpesa }: PlatformDocument,
  deadline: Deadline,
  env = readEnvironment(),
): Promise<BadValue | undefined> {
  const sink = await openCallbackSink(env);
  try {
    if (!sink.own || allowedCallback(sink.url, mpesa.stk) !== sink.url) return undefined;
    let ended: Outcome | undefined;
    await send({ url: sink.url, headers: {}, body: '{}' }, delivery, deadline, (outcome) => {
      ended = outcome;
    });
    if (ended?.kind === 'delivered') return undefined;
    const cause = `a callback to ${sink.url}, which is accepted with a push, does not arrive: ${ended?.reason ?? 'no outcome'}`;
    return { key: 'delivery', cause };
  } finally {
    sink.close();
  }
}

/** What somebody has who pays: the usual subscriber begins with it. */
const USUAL_BALANCE_SHILLINGS = 50_000;

/** A fee that is more than anybody has: no payment of its band could be made. */
export function badTariff({ mpesa, accounts }: PlatformDocument): BadValue | undefined {
  const most = Math.max(USUAL_BALANCE_SHILLINGS, accounts.openingBalanceShillings);
  for (const [index, { upToShillings, feeCents }] of mpesa.stk.customerTariff.entries()) {
    if (BigInt(feeCents) <= shillingsToCents(most)) continue;
    return {
      key: `mpesa.stk.customerTariff[${index}].feeCents`,
      cause: `payments up to KSh ${upToShillings} would cost KSh ${feeCents / 100} each: a customer with KSh ${most} could make none`,
    };
  }
  return undefined;
}
