import { isSubscriber } from '../../../handset/number.ts';
import { eatTimestamp } from '../../fields/times/east-africa-time.ts';
import { accountName } from '../../parties/accounts/accounts.ts';
import { type FindParty, isIdentifiedBy } from '../../parties/party.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import type { Answer, Context } from '../../requests/settlement/product.ts';
import type { EndedRequest } from '../../requests/types.ts';
import type { Item } from '../../results/envelope.ts';
import { chargeText } from '../../results/text.ts';
import { findTransaction, type TransactionKey } from '../../transactions/find.ts';
import { publicName } from '../../transactions/parties.ts';
import type { Transaction } from '../../transactions/types.ts';
import { findUnmoved, type Unmoved } from '../../transactions/unmoved.ts';
import { statusResults } from './results.ts';

/** What is known of a transaction that PartyA paid or was paid by; of anybody else's nothing is. */
export async function transactionStatus(
  { shortCode, details }: EndedRequest,
  { database, party: find }: Context,
): Promise<Answer> {
  const party = await find(shortCode);
  if (party === undefined || !isIdentifiedBy(details.IdentifierType, party))
    return { result: statusResults.noOperator };
  const key = keyOf(details);
  const isOwn = async (names: readonly string[]) => {
    const sides = await Promise.all(names.map(find));
    return sides.some((side) => side?.headOffice === party.headOffice);
  };
  const transaction = await findTransaction(database, key);
  if (transaction !== undefined)
    return (await isOwn([transaction.debit.party, transaction.credit.party]))
      ? { result: statusResults.done, parameters: parametersOf(transaction) }
      : { result: statusResults.invalidParameter };
  const unmoved = await findUnmoved(database, namedBy(key), shortCode);
  if (unmoved === undefined || !(await isOwn([unmoved.debit, unmoved.credit])))
    return { result: statusResults.invalidParameter };
  return { result: statusResults.done, parameters: await parametersOfUnmoved(unmoved, find) };
}

const namedBy = (key: TransactionKey) => ('receipt' in key ? key.receipt : key.conversationId);

function keyOf({ TransactionID = '', conversationId = '' }: EndedRequest['details']): TransactionKey {
  return TransactionID === '' ? { conversationId } : { receipt: TransactionID };
}

/** As `DebitPartyCharges` shows it. */
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

/** The same of what moved no money; what there is none of has no value. A default taken: no sample has it. */
async function parametersOfUnmoved(unmoved: Unmoved, find: FindParty): Promise<Item[]> {
  const { debit, credit, amountCents, initiatedAt, finalisedAt, receipt } = unmoved;
  const nameOf = async (party: string) => {
    const name = isSubscriber(party) ? subscriberOf(party).name : (await find(party))?.name;
    return name === undefined || name === null ? party : `${party} - ${name}`;
  };
  const time = (at: Date) => Number(eatTimestamp(at.getTime()));
  return [
    { Key: 'DebitPartyName', Value: await nameOf(debit) },
    { Key: 'DebitPartyName', Value: await nameOf(credit) },
    { Key: 'OriginatorConversationID', Value: unmoved.originatorConversationId },
    { Key: 'InitiatedTime', Value: time(initiatedAt) },
    { Key: 'DebitAccountType' },
    { Key: 'DebitPartyCharges', Value: '' },
    { Key: 'TransactionReason' },
    { Key: 'ReasonType' },
    { Key: 'TransactionStatus', Value: unmoved.status },
    { Key: 'FinalisedTime', ...(finalisedAt !== null && { Value: time(finalisedAt) }) },
    { Key: 'Amount', Value: String(Number(amountCents) / 100) },
    { Key: 'ConversationID', Value: unmoved.conversationId },
    { Key: 'ReceiptNo', ...(receipt !== null && { Value: receipt }) },
  ];
}
