import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BoundedLog } from '../../../platform/bounded-log.ts';
import type { Database } from '../../../platform/database.ts';
import { within } from '../../../platform/deadline.ts';
import type { Refusal } from '../../../serving/types.ts';
import { blamed, fault, gatewayText, internalText, refusal } from '../../api/errors/errors.ts';
import { deadlineOf, fieldsOf, sendJson, sendRefusal } from '../../api/request.ts';
import type { InFlightAnswer, MpesaSettings } from '../../api/settings.ts';
import { type InvalidField, type JsonObject, text } from '../../fields/fields.ts';
import type { Organisations } from '../../parties/organisations.ts';
import { aboutPayment } from '../stk-push/about.ts';
import { answerUnsigned, checkPassword, readSigned, type Signed } from '../stk-push/password.ts';
import { inFlight, type ResultCode, stkResult } from '../stk-push/results.ts';

export interface QueryDependencies {
  database: Database;
  organisations: Organisations;
  settings: () => MpesaSettings;
  /** A line a push. */
  payments: BoundedLog;
}

interface QueryRequest extends Signed {
  checkoutRequestId: string;
}

interface PushRow {
  merchant_request_id: string;
  checkout_request_id: string;
  result_code: ResultCode | null;
  result_desc: string | null;
}

/** `POST /mpesa/stkpushquery/v1/query`: what became of a push of this short code. */
export function stkQuery({ database, organisations, settings, payments }: QueryDependencies) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const read = readQuery(fieldsOf(request));
    if ('invalid' in read) return sendRefusal(reply, refusal('stk', 'invalidField', read.invalid));

    const now = settings();
    request.stage = 'password';
    const deadline = deadlineOf(request);
    const verdict = await checkPassword(organisations, read, deadline);
    if (verdict !== 'ok') return answerUnsigned(reply, verdict, now.retryAfterSeconds);
    try {
      request.stage = 'push';
      const row = await within(deadline, 'push', () => selectPush(database, read));
      const answered = answer(row, now.stk.inFlightAnswer);
      if ('fault' in answered) return sendRefusal(reply, answered);
      return sendJson(reply, answered.status, answered.body);
    } catch (error) {
      payments.error(() => ({ err: error, ...aboutPayment(read) }), 'a push could not be read');
      return sendRefusal(reply, refusal('stk', 'internal'), now.retryAfterSeconds);
    }
  };
}

/** Reads the fields in the order of their page; the first that is missing or wrong is named. */
export function readQuery(body: JsonObject): QueryRequest | InvalidField {
  const signed = readSigned(body);
  if ('invalid' in signed) return signed;
  const checkoutRequestId = text(body.CheckoutRequestID);
  if (checkoutRequestId === undefined) return { invalid: 'CheckoutRequestID' };
  return { ...signed, checkoutRequestId };
}

async function selectPush(database: Database, query: QueryRequest): Promise<PushRow | undefined> {
  const { rows } = await database.query<PushRow>({
    name: 'stk-query',
    text: `select merchant_request_id, checkout_request_id, result_code, result_desc from mpesa.stk_push
      where checkout_request_id = $1 and short_code = $2`,
    values: [query.checkoutRequestId, query.shortCode],
  });
  return rows[0];
}

/** The answer for a push as it stands; `undefined`: there is none with that id. */
export function answer(
  row: PushRow | undefined,
  inFlightAnswer: InFlightAnswer,
): Refusal | Pick<Refusal, 'status' | 'body'> {
  if (row === undefined) return fault('stk', 'The transaction does not Exist', blamed.unknownTransaction);
  if (row.result_code !== null) {
    return resolved(row, row.result_code, stkResult(row.result_code)?.query ?? row.result_desc ?? '');
  }
  switch (inFlightAnswer) {
    case '4999':
      return resolved(row, inFlight.code, inFlight.query);
    case 'empty_error':
      return { status: 200, body: gatewayText('500.001.1001', '') };
    case 'being_processed':
      return internalText('stk', 'The transaction is being processed');
    default:
      return inFlightAnswer satisfies never;
  }
}

function resolved(row: PushRow, code: ResultCode, description: string): Pick<Refusal, 'status' | 'body'> {
  const body = {
    ResponseCode: '0',
    // Three s: so the recordings have it, and clients compare it.
    ResponseDescription: 'The service request has been accepted successsfully',
    MerchantRequestID: row.merchant_request_id,
    CheckoutRequestID: row.checkout_request_id,
    ResultCode: String(code),
    ResultDesc: description,
  };
  return { status: 200, body: JSON.stringify(body) };
}
