import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Database } from '../../../platform/database/database.ts';
import { within } from '../../../platform/deadline.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { orInternal, sendAnswer } from '../../api/look-up.ts';
import { deadlineOf, sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { digits, shortCode } from '../../fields/digits.ts';
import { optional } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { dateTime } from '../../fields/times/date-time.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { decimal } from '../../results/text.ts';
import type { PullSettings } from './settings.ts';

const fields = {
  ShortCode: shortCode,
  StartDate: dateTime,
  EndDate: dateTime,
  /** Rows to leave out, not pages. */
  OffSetValue: optional(digits(1, 6), '0'),
};
export const queryRequest = form(fields);
type Query = Read<typeof fields>;

export const queryAnswer = Type.Object({
  ResponseRefID: Type.String(),
  ResponseCode: Type.String({ description: '`1000`; `1001`: there are none.' }),
  ResponseMessage: Type.String(),
  Response: Type.Array(
    Type.Array(
      Type.Object({
        transactionId: Type.String(),
        trxDate: Type.String(),
        msisdn: Type.Integer(),
        sender: Type.String(),
        transactiontype: Type.String(),
        billreference: Type.String(),
        amount: Type.String(),
        organizationname: Type.String(),
      }),
    ),
    { description: 'A list in a list.' },
  ),
});

/** `POST /pulltransactions/v1/query`: what customers paid to a short code, a page of it. */
export function queryPull(deps: ProductDependencies<ApiSettings & { pull: PullSettings }>) {
  const { database, settings, clock } = deps;
  return (query: Query, request: FastifyRequest, reply: FastifyReply) =>
    orInternal(reply, 'pull', deps, async () => {
      const { windowHours, pageSize } = settings().pull;
      if (query.EndDate < query.StartDate)
        return sendRefusal(reply, refusal('pull', 'invalidField', 'EndDate'));
      const oldest = new Date(clock.now() - windowHours * 3_600_000);
      const rows = await within(deadlineOf(request), 'transactions', () =>
        selectPage(database, query, oldest, pageSize),
      );
      if (rows === 'not registered') return sendRefusal(reply, refusal('pull', 'invalidField', 'ShortCode'));
      return sendAnswer(reply, {
        ResponseRefID: requestId(),
        ResponseCode: rows.length === 0 ? '1001' : '1000',
        ResponseMessage: rows.length === 0 ? 'No transactions for the period' : 'Success',
        Response: [rows.map(told)],
      });
    });
}

interface PulledRow {
  receipt: string;
  at: Date;
  msisdn: string;
  sender: string | null;
  kind: 'paybill' | 'till';
  reference: string | null;
  amountCents: bigint;
  organisation: string;
}

/**
 * Payments of customers alone: other payers have no MSISDN. What was paid at one moment has one order.
 */
async function selectPage(
  database: Database,
  { ShortCode, StartDate, EndDate, OffSetValue }: Query,
  oldest: Date,
  pageSize: number,
): Promise<PulledRow[] | 'not registered'> {
  const { rows } = await database.query<PulledRow & { receipt: string | null }>({
    name: 'mpesa_pull',
    text: `select page.* from mpesa.pull_registration registration
      left join lateral (
        select transaction.receipt, transaction.finalised_at as at, transaction.debit_party as msisdn,
          transaction.debit_name as sender, organisation.kind, transaction.reference,
          transaction.amount_cents as "amountCents", organisation.name as organisation
        from mpesa.transaction transaction
        join mpesa.organisation organisation on organisation.short_code = transaction.credit_party
        where transaction.credit_party = $1 and transaction.finalised_at between $2 and $3
          and transaction.debit_party ~ '^254[0-9]{9}$'
        order by transaction.finalised_at, transaction.receipt offset $4 limit $5) page on true
      where registration.short_code = $1`,
    values: [ShortCode, StartDate < oldest ? oldest : StartDate, EndDate, Number(OffSetValue), pageSize],
  });
  return rows.length === 0 ? 'not registered' : rows.filter(({ receipt }) => receipt !== null);
}

function told({ receipt, at, msisdn, sender, kind, reference, amountCents, organisation }: PulledRow) {
  return {
    transactionId: receipt,
    trxDate: `${at.toISOString().slice(0, 19)}Z`,
    msisdn: Number(msisdn),
    sender: sender ?? '',
    transactiontype: kind === 'till' ? 'c2b-buy-goods-debit' : 'c2b-pay-bill-debit',
    billreference: reference ?? '',
    amount: decimal(amountCents),
    organizationname: organisation,
  };
}
