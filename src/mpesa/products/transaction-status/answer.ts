import { eatTimestamp } from '../../fields/times/east-africa-time.ts';
import { accountName } from '../../parties/accounts/accounts.ts';
import { findParty, isIdentifiedBy, type Party } from '../../parties/party.ts';
import type { Answer, Context } from '../../requests/settlement/product.ts';
import type { EndedRequest } from '../../requests/types.ts';
import type { Item } from '../../results/envelope.ts';
import { chargeText } from '../../results/text.ts';
import { findTransaction, type TransactionKey } from '../../transactions/find.ts';
import { publicName } from '../../transactions/parties.ts';
import type { Transaction } from '../../transactions/types.ts';
import { statusResults } from './results.ts';

/** What is known of a transaction that PartyA paid or was paid by; of anybody else's nothing is. */
export async function transactionStatus(
  { shortCode, details }: EndedRequest,
  { database }: Context,
): Promise<Answer> {
  const party = await findParty(database, shortCode);
  if (party === undefined || !isIdentifiedBy(details.IdentifierType, party))
    return { result: statusResults.noOperator };
  const transaction = await findTransaction(database, keyOf(details));
  if (transaction === undefined) return { result: statusResults.invalidParameter };
  const sides = await Promise.all(
    [transaction.debit, transaction.credit].map((side) => findParty(database, side.party)),
  );
  const isOwn = sides.some((side: Party | undefined) => side?.headOffice === party.headOffice);
  if (!isOwn) return { result: statusResults.invalidParameter };
  return { result: statusResults.done, parameters: parametersOf(transaction) };
}

function keyOf({ TransactionID = '', conversationId = '' }: EndedRequest['details']): TransactionKey {
  return TransactionID === '' ? { conversationId } : { receipt: TransactionID };
}

/** In the words of `DebitPartyCharges`. */
const charged: Readonly<Record<string, string>> = {
  b2c: 'B2C',
  b2pochi: 'B2C',
  b2b: 'B2B',
  'tax-remittance': 'B2B',
  stk: 'C2B',
  c2b: 'C2B',
};

function parametersOf(transaction: Transaction): Item[] {
  const { product, debit, credit, chargeCents, amountCents, initiatedAt, finalisedAt } = transaction;
  return [
    // The vendor's sample has this key twice: the second is the receiver's.
    { Key: 'DebitPartyName', Value: publicName(debit) },
    { Key: 'DebitPartyName', Value: publicName(credit) },
    { Key: 'OriginatorConversationID', Value: transaction.originatorConversationId },
    { Key: 'InitiatedTime', Value: Number(eatTimestamp(initiatedAt.getTime())) },
    { Key: 'DebitAccountType', Value: accountName(debit.account) },
    { Key: 'DebitPartyCharges', Value: chargeText(charged[product] ?? 'Customer', chargeCents) },
    { Key: 'TransactionReason' },
    { Key: 'ReasonType', Value: transaction.reasonType },
    { Key: 'TransactionStatus', Value: 'Completed' },
    { Key: 'FinalisedTime', Value: Number(eatTimestamp(finalisedAt.getTime())) },
    { Key: 'Amount', Value: String(Number(amountCents) / 100) },
    { Key: 'ConversationID', Value: transaction.conversationId },
    { Key: 'ReceiptNo', Value: transaction.receipt },
  ];
}
