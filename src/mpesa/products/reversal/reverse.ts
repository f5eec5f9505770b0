import { smsCompanion } from '../../../handset/sms.ts';
import type { Transfer } from '../../../ledger/types.ts';
import { eatSms, eatTimestamp } from '../../fields/times/east-africa-time.ts';
import { accountName } from '../../parties/accounts/accounts.ts';
import { chargeTransfers } from '../../parties/charges/charges.ts';
import { chargeOn } from '../../parties/charges/tariff.ts';
import type { Applied, Context, Payment, Refused } from '../../requests/settlement/product.ts';
import type { EndedRequest, PayingRequest } from '../../requests/types.ts';
import type { Result } from '../../results/codes.ts';
import type { Item } from '../../results/envelope.ts';
import { accountAfter, ksh } from '../../results/text.ts';
import { reversedCompanion } from '../../transactions/companion.ts';
import { findTransaction } from '../../transactions/find.ts';
import { publicName } from '../../transactions/parties.ts';
import type { Transaction } from '../../transactions/types.ts';
import { reversalResults } from './results.ts';
import type { ReversalSettings } from './settings.ts';

/** What customers paid to an organisation: nothing else is reversed. */
const reversible: readonly string[] = ['stk', 'c2b'];

/** A transaction is reversed once: what was reversed of it must be nothing before. */
const ONCE = 'reversed';

export async function reversalRefusal(
  request: EndedRequest,
  context: Context<ReversalSettings>,
): Promise<Result | undefined> {
  const original = await originalOf(request, context);
  if (original === undefined) return reversalResults.invalidOriginal;
  if (original.reversedBy !== null) return reversalResults.alreadyReversed;
  return amountOf(request) > original.amountCents ? reversalResults.overOriginal : undefined;
}

/**
 * The account that was paid pays it back, whole or in part. The customer's own charge is kept, and is not
 * part of it: a default taken.
 */
export async function reversal(request: PayingRequest, context: Context<ReversalSettings>): Promise<Payment> {
  const { accounts, settings, at, deadline } = context;
  const { id, receipt } = request;
  const original = await originalOf(request, context);
  const party = await context.party(request.shortCode);
  if (original === undefined || party === undefined)
    throw new Error(`what request ${id}, which is decided, reverses is not there`);
  await accounts.open({ organisations: [{ shortCode: party.headOffice, kind: 'charges' }] }, deadline);
  const amountCents = amountOf(request);
  const chargeCents = chargeOn(at.getTime(), amountCents, settings.reversal.tariffs);
  const { credit: debit, debit: credit } = original;
  const code = 'reversal';
  const back: Transfer = {
    kind: 'reversal',
    id,
    reversesId: original.transferId,
    debit: debit.account,
    credit: credit.account,
    amountCents,
    code,
    limits: [{ scope: ONCE, key: original.transferId, window: 'once', maxCents: amountCents }],
  };
  return {
    transfers: [back, ...chargeTransfers(back, party.headOffice, chargeCents)],
    transaction: {
      debit,
      credit,
      amountCents,
      chargeCents,
      reference: original.receipt,
      reasonType: 'Transaction Reversal via API',
    },
    parameters: ({ debitAfterCents: [afterCents = 0n] }: Applied): Item[] => [
      { Key: 'DebitAccountBalance', Value: accountAfter(accountName(debit.account), afterCents) },
      { Key: 'Amount', Value: Number(amountCents) / 100 },
      { Key: 'TransCompletedTime', Value: Number(eatTimestamp(at.getTime())) },
      { Key: 'OriginalTransactionID', Value: original.receipt },
      { Key: 'Charge', Value: Number(chargeCents) / 100 },
      { Key: 'CreditPartyPublicName', Value: publicName(credit) },
      { Key: 'DebitPartyPublicName', Value: publicName(debit) },
    ],
    refused,
    companions: ({ creditAfterCents: [balanceCents = 0n] }) => [
      reversedCompanion(original.receipt, { receipt, amountCents, at }),
      smsCompanion({
        id,
        msisdn: credit.party,
        text:
          `${receipt} Confirmed. Transaction ${original.receipt} has been reversed on ${eatSms(at.getTime())} ` +
          `and ${ksh(amountCents)} is credited to your M-PESA account. New M-PESA balance is ${ksh(balanceCents)}.`,
        at,
      }),
    ],
  };
}

function refused({ reason, scope }: Refused): Result | undefined {
  if (reason === 'over_original_amount' || (reason === 'over_limit' && scope === ONCE))
    return reversalResults.alreadyReversed;
  return reason === 'original_not_found' ? reversalResults.invalidOriginal : undefined;
}

const amountOf = ({ details }: EndedRequest) => BigInt(details.amountCents ?? '0');

/** A payment of a customer to who asks, under any of its numbers. */
async function originalOf(
  { shortCode, details: { TransactionID = '' } }: EndedRequest,
  { database, party }: Pick<Context, 'database' | 'party'>,
): Promise<Transaction | undefined> {
  const original = await findTransaction(database, { receipt: TransactionID });
  if (original === undefined || !reversible.includes(original.product)) return undefined;
  const [asking, paid] = await Promise.all([party(shortCode), party(original.credit.party)]);
  return asking !== undefined && asking.headOffice === paid?.headOffice ? original : undefined;
}
