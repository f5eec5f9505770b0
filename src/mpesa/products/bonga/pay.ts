import { enqueueCallback } from '../../../delivery/outbox/enqueue.ts';
import { smsCompanion } from '../../../handset/sms.ts';
import type { Companion, Transfer } from '../../../ledger/types.ts';
import { eatSms } from '../../fields/times/east-africa-time.ts';
import { derivedId } from '../../identifiers/derived-id.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import type { Party } from '../../parties/party.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import type { Applied, Asks, Context, Payment, Refused } from '../../requests/settlement/product.ts';
import type { EndedRequest, PayingRequest } from '../../requests/types.ts';
import type { Result } from '../../results/codes.ts';
import { ksh } from '../../results/text.ts';
import { organisationParty } from '../../transactions/parties.ts';
import { notification } from '../c2b/notification.ts';
import { findRegistration } from '../c2b/registrations.ts';
import { bongaResults, ofOutcome } from './results.ts';
import type { BongaSettings } from './settings.ts';

type Settings = { readonly bonga: BongaSettings };

/** Why the subscriber is not even asked. */
export async function redeemRefusal(
  { shortCode, details }: EndedRequest,
  { party }: Context<Settings>,
): Promise<Result | undefined> {
  const payee = await party(shortCode);
  if (payee?.kind !== 'paybill') return bongaResults.noReceiver;
  if (!payee.products.includes('c2b')) return bongaResults.notPermitted;
  return subscriberOf(details.msisdn ?? '').registered ? undefined : bongaResults.debitPartyInvalid;
}

/** The subscriber says yes with the PIN. */
export const redeemAsks: Asks<Settings> = {
  async prompt(request, { party }) {
    const payee = await party(request.shortCode);
    if (payee === undefined) return bongaResults.noReceiver;
    const { msisdn, points, amountCents, account } = askedFor(request);
    const what = `${ksh(amountCents)} to ${payee.name} account ${account} with ${points} Bonga points`;
    return { msisdn, text: `Do you want to pay ${what}? Enter M-PESA PIN:` };
  },
  lifetimeMs: ({ bonga }) => bonga.promptLifetimeMs,
  refused: ofOutcome,
};

/** The operator pays the pay bill and takes the points: both or none. */
export async function redeemPayment(request: PayingRequest, context: Context<Settings>): Promise<Payment> {
  const { party, accounts: opener, settings, at, deadline } = context;
  const { msisdn, points, amountCents, account } = askedFor(request);
  const payee = await party(request.shortCode);
  if (payee === undefined) throw new Error(`${request.shortCode}, whose payment is decided, is not there`);
  await opener.open({ shortCodes: [payee.headOffice] }, deadline);
  await opener.givePoints(msisdn, settings.bonga.openingPoints, deadline);
  const credit = organisationParty(payee, 'utility');
  const money: Transfer = {
    kind: 'single',
    id: request.id,
    debit: accounts.bongaFund,
    credit: credit.account,
    amountCents,
    code: 'bonga.payment',
  };
  const taken: Transfer = {
    kind: 'single',
    id: derivedId('bonga.points', request.id),
    debit: accounts.bonga(msisdn),
    credit: accounts.points,
    amountCents: points,
    code: 'bonga.points',
  };
  const confirmation = await confirmationOf(request, payee, context);
  return {
    transfers: [money, taken],
    transaction: {
      debit: { party: msisdn, name: subscriberOf(msisdn).name, account: accounts.bongaFund },
      credit,
      amountCents,
      chargeCents: 0n,
      reference: account,
      reasonType: 'Lipa na Bonga',
    },
    parameters: () => [],
    refused: ({ reason }: Refused) =>
      reason === 'insufficient_funds'
        ? bongaResults.notEnoughPoints
        : reason === 'over_ceiling'
          ? bongaResults.balanceLimit
          : undefined,
    companions: ({ debitAfterCents: [, left = 0n], creditAfterCents: [utilityCents = 0n] }: Applied) => {
      const paid = `You have paid ${ksh(amountCents)} to ${payee.name} for account ${account} by Bonga points`;
      const text = `${request.receipt} Confirmed. ${paid} on ${eatSms(at.getTime())} New Bonga balance is ${left} points.`;
      return [smsCompanion({ id: request.id, msisdn, text, at }), ...confirmation(utilityCents)];
    },
  };
}

/** The pay bill hears of it as of any payment that a customer makes; nothing where it has no URLs. */
async function confirmationOf(
  request: PayingRequest,
  payee: Party,
  { database, at }: Context<Settings>,
): Promise<(utilityCents: bigint) => Companion[]> {
  const registration = await findRegistration(database, payee);
  if (registration === undefined) return () => [];
  const { msisdn, amountCents, account } = askedFor(request);
  const told = {
    kind: 'pay_bill' as const,
    receipt: request.receipt,
    acceptedAt: request.acceptedAt,
    amountCents,
    payee: request.shortCode,
    accountReference: account,
    thirdPartyTransId: '',
    msisdn,
  };
  return (utilityCents) => [
    enqueueCallback({
      id: request.id,
      url: registration.confirmationUrl,
      headers: {},
      body: notification(told, registration, utilityCents),
      dueAt: at,
    }),
  ];
}

function askedFor({
  details: { msisdn = '', points = '0', amountCents = '0', AccountReference = '' },
}: EndedRequest) {
  return {
    msisdn,
    points: BigInt(points),
    amountCents: BigInt(amountCents),
    account: AccountReference,
  };
}
