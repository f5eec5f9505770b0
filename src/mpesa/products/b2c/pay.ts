import { smsCompanion } from '../../../handset/sms.ts';
import type { Transfer } from '../../../ledger/types.ts';
import { eatDotted, eatSms } from '../../fields/times/east-africa-time.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { chargeTransfers } from '../../parties/charges/charges.ts';
import { chargeOn } from '../../parties/charges/tariff.ts';
import { amountOutside } from '../../parties/limits.ts';
import type { FindParty, Party } from '../../parties/party.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import type { Applied, Context, Payment } from '../../requests/settlement/product.ts';
import type { EndedRequest, PayingRequest } from '../../requests/types.ts';
import type { Result } from '../../results/codes.ts';
import type { Item } from '../../results/envelope.ts';
import { ksh } from '../../results/text.ts';
import { organisationParty, publicName, subscriberParty } from '../../transactions/parties.ts';
import type { TransactionParty } from '../../transactions/types.ts';
import { b2cResults } from './results.ts';
import type { B2cSettings } from './settings.ts';

export const POCHI = 'BusinessPayToPochi';

/** What the receipt is for, as a status query shows it; two of the texts are the vendor's. */
const reasons: Readonly<Record<string, string>> = {
  SalaryPayment: 'Salary Payment to Customer via API',
  BusinessPayment: 'Business Payment to Customer via API',
  PromotionPayment: 'Promotion Payment to Customer via API',
  [POCHI]: 'Business Pay to Pochi via API',
};

function asked({ details: { PartyB = '', CommandID = '', amountCents = '0' } }: EndedRequest) {
  return { msisdn: PartyB, command: CommandID, amountCents: BigInt(amountCents) };
}

export async function payoutRefusal(
  request: EndedRequest,
  { party, settings }: Context<B2cSettings>,
): Promise<Result | undefined> {
  const { msisdn, amountCents } = asked(request);
  const payer = await payerOf(request, party);
  if (!payer.products.includes('b2c')) return b2cResults.notPermitted;
  const outside = amountOutside(amountCents, settings.b2c);
  if (outside !== undefined) return outside === 'below' ? b2cResults.belowMinimum : b2cResults.aboveMaximum;
  return subscriberOf(msisdn).registered ? undefined : b2cResults.unregistered;
}

/** Utility of the organisation pays the customer; the charge goes to Charges Paid. */
export async function payout(request: PayingRequest, context: Context<B2cSettings>): Promise<Payment> {
  const { id, receipt } = request;
  const { party, books, settings, at, deadline } = context;
  const { msisdn, command, amountCents } = asked(request);
  const payer = await payerOf(request, party);
  await openFor(payer, request, context);
  const chargeCents = chargeOn(at.getTime(), amountCents, settings.b2c.tariffs);
  const [debit, credit] = [organisationParty(payer, 'utility'), receiverOf(command, msisdn)];
  const code = 'b2c.payment';
  const payment: Transfer = {
    kind: 'single',
    id,
    debit: debit.account,
    credit: credit.account,
    amountCents,
    code,
  };
  const charges = accounts.organisation(payer.headOffice, 'charges');
  const working = accounts.organisation(payer.headOffice, 'working');
  const held = await books.balances([charges, working], deadline);
  const available = (account: bigint) => held.get(account)?.availableCents ?? 0n;
  const parameters = ({ debitAfterCents: [utilityCents = 0n, chargedCents] }: Applied): Item[] => [
    { Key: 'TransactionAmount', Value: shillings(amountCents) },
    { Key: 'TransactionReceipt', Value: receipt },
    { Key: 'ReceiverPartyPublicName', Value: publicName(credit) },
    { Key: 'TransactionCompletedDateTime', Value: eatDotted(at.getTime()) },
    { Key: 'B2CUtilityAccountAvailableFunds', Value: shillings(utilityCents) },
    { Key: 'B2CWorkingAccountAvailableFunds', Value: shillings(available(working)) },
    { Key: 'B2CRecipientIsRegisteredCustomer', Value: 'Y' },
    { Key: 'B2CChargesPaidAccountAvailableFunds', Value: shillings(chargedCents ?? available(charges)) },
  ];
  return {
    transfers: [payment, ...chargeTransfers(payment, payer.headOffice, chargeCents)],
    transaction: {
      debit,
      credit,
      amountCents,
      chargeCents,
      reference: null,
      reasonType: reasons[command] ?? command,
    },
    parameters,
    companions: ({ creditAfterCents: [balanceCents = 0n] }) => [
      smsCompanion({
        id,
        msisdn,
        text:
          `${receipt} Confirmed. You have received ${ksh(amountCents)} from ${payer.shortCode} - ${payer.name} ` +
          `on ${eatSms(at.getTime())} New ${command === POCHI ? 'business' : 'M-PESA'} balance is ${ksh(balanceCents)}.`,
        at,
      }),
    ],
  };
}

/** Its initiator was judged: it is there. */
async function payerOf({ shortCode }: EndedRequest, party: FindParty): Promise<Party> {
  const payer = await party(shortCode);
  if (payer === undefined) throw new Error(`${shortCode}, whose initiator was judged, is not there`);
  return payer;
}

/** A Pochi is a wallet of its own, of the same customer. */
function receiverOf(command: string, msisdn: string): TransactionParty {
  const customer = subscriberParty(msisdn);
  return command === POCHI ? { ...customer, account: accounts.pochi(msisdn) } : customer;
}

/** A customer who is seen first here has the opening balance besides, as with a first payment. */
async function openFor(
  { headOffice: shortCode }: Party,
  request: PayingRequest,
  { accounts: opener, deadline }: Context<B2cSettings>,
): Promise<void> {
  const organisations = (['utility', 'working', 'charges'] as const).map((kind) => ({ shortCode, kind }));
  const { msisdn, command } = asked(request);
  const pochis = command === POCHI ? [msisdn] : [];
  await opener.open({ msisdns: [msisdn], organisations, pochis }, deadline);
  await opener.fund({ id: request.id, msisdn, neededCents: 0n }, deadline);
}

/** A number, as the vendor's samples of B2C have amounts. */
function shillings(cents: bigint): number {
  return Number(cents) / 100;
}
