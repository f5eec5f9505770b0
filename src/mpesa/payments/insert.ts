import type { Queryable } from '../../platform/database/database.ts';
import type { NewPayment } from './types.ts';

/** Written in one statement, which is one transaction; returns the ids of those that were taken. */
export async function insertPayments(
  database: Queryable,
  payments: readonly NewPayment[],
  acceptedAt: Date,
): Promise<ReadonlySet<string>> {
  const column = (of: (payment: NewPayment) => string) => payments.map(of);
  const { rows } = await database.query<[string]>({
    name: 'payment_accept',
    text: `insert into mpesa.payment (id, kind, source, conversation_id, originator_conversation_id, msisdn, payee,
        account_reference, amount_cents, accepted_at)
      select *, $10::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::bigint[])
      on conflict do nothing returning id`,
    rowMode: 'array',
    values: [
      column(({ id }) => id),
      column(({ kind }) => kind),
      column(({ source }) => source),
      column(({ conversationId }) => conversationId),
      column(({ originatorConversationId }) => originatorConversationId),
      column(({ msisdn }) => msisdn),
      column(({ payee }) => payee),
      column(({ accountReference }) => accountReference),
      column(({ amountCents }) => String(amountCents)),
      acceptedAt,
    ],
  });
  return new Set(rows.map(([id]) => id));
}
