import type { Transfer } from '../../../ledger/types.ts';
import { eatTimestamp } from '../../fields/times/east-africa-time.ts';
import { accountName } from '../../parties/accounts/accounts.ts';
import { chargeTransfers } from '../../parties/charges/charges.ts';
import { chargeOn } from '../../parties/charges/tariff.ts';
import { amountOutside } from '../../parties/limits.ts';
import { type FindParty, isIdentifiedBy, type Party } from '../../parties/party.ts';
import type { Applied, Context, Payment } from '../../requests/settlement/product.ts';
import type { EndedRequest, PayingRequest } from '../../requests/types.ts';
import type { Result } from '../../results/codes.ts';
import type { Item } from '../../results/envelope.ts';
import { accountAfter, amountText, chargeText, decimal } from '../../results/text.ts';
import { organisationParty, publicName } from '../../transactions/parties.ts';
import { b2bResults } from './results.ts';
import { type Route, routeOf } from './routes.ts';
import type { B2bSettings } from './settings.ts';

export async function transferRefusal(
  request: EndedRequest,
  { party, settings }: Context<B2bSettings>,
): Promise<Result | undefined> {
  const route = routeOf(request);
  const { payer, receiver } = await partiesOf(request, party);
  if (!payer.products.includes('b2b')) return b2bResults.notPermitted;
  const isFit = receiver !== undefined && isReceiver(receiver, payer, route);
  if (!isFit || !isIdentifiedBy(request.details.RecieverIdentifierType, receiver))
    return b2bResults.noReceiver;
  const outside = amountOutside(amountOf(request), settings.b2b);
  if (outside === undefined) return undefined;
  return outside === 'below' ? b2bResults.belowMinimum : b2bResults.aboveMaximum;
}

/** Between the accounts that the command names; the charge of a payment to others goes to Charges Paid. */
export async function transfer(request: PayingRequest, context: Context<B2bSettings>): Promise<Payment> {
  const { party, accounts, settings, at, deadline } = context;
  const route = routeOf(request);
  const { payer, receiver } = await partiesOf(request, party);
  if (receiver === undefined)
    throw new Error(`the receiver of request ${request.id}, whose payment is decided, is not there`);
  const organisations = [
    { shortCode: payer.headOffice, kind: route.from },
    { shortCode: payer.headOffice, kind: 'charges' as const },
    { shortCode: receiver.headOffice, kind: route.to },
  ];
  await accounts.open({ organisations }, deadline);
  const amountCents = amountOf(request);
  const chargeCents =
    route.receiver === 'own' ? 0n : chargeOn(at.getTime(), amountCents, settings.b2b.tariffs);
  const [debit, credit] = [organisationParty(payer, route.from), organisationParty(receiver, route.to)];
  const code = 'b2b.payment';
  const payment: Transfer = {
    kind: 'single',
    id: request.id,
    debit: debit.account,
    credit: credit.account,
    amountCents,
    code,
  };
  return {
    transfers: [payment, ...chargeTransfers(payment, payer.headOffice, chargeCents)],
    transaction: {
      debit,
      credit,
      amountCents,
      chargeCents,
      reference: request.details.AccountReference || null,
      reasonType: route.reason,
    },
    parameters: ({ debitAfterCents: [afterCents = 0n] }: Applied): Item[] => {
      return [
        { Key: 'DebitAccountBalance', Value: amountText(afterCents) },
        { Key: 'Amount', Value: decimal(amountCents) },
        {
          Key: 'DebitPartyAffectedAccountBalance',
          Value: accountAfter(accountName(debit.account), afterCents),
        },
        { Key: 'TransCompletedTime', Value: eatTimestamp(at.getTime()) },
        { Key: 'DebitPartyCharges', Value: chargeText('B2B', chargeCents) },
        { Key: 'ReceiverPartyPublicName', Value: publicName(credit) },
        { Key: 'Currency', Value: 'KES' },
        { Key: 'InitiatorAccountCurrentBalance', Value: amountText(afterCents) },
      ];
    },
  };
}

const amountOf = ({ details }: EndedRequest) => BigInt(details.amountCents ?? '0');

async function partiesOf({ shortCode, details: { PartyB = '' } }: EndedRequest, party: FindParty) {
  const [payer, receiver] = await Promise.all([party(shortCode), party(PartyB)]);
  if (payer === undefined) throw new Error(`${shortCode}, whose initiator was judged, is not there`);
  return { payer, receiver };
}

/** What the command pays; money that would stay where it is has no receiver. */
function isReceiver(
  { kind, headOffice }: Party,
  payer: Party,
  { receiver, from, to }: Route<unknown>,
): boolean {
  const isOwn = headOffice === payer.headOffice;
  if (receiver === 'own') return isOwn;
  return (receiver === 'any' || receiver === kind) && !(isOwn && from === to);
}
