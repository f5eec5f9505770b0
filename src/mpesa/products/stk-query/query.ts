import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Database } from '../../../platform/database/database.ts';
import { within } from '../../../platform/deadline.ts';
import type { Refusal } from '../../../serving/types.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import { gatewayText, internalText, ownRefusal, refusal } from '../../api/errors/forms.ts';
import { ownText } from '../../api/errors/own-error.ts';
import { deadlineOf, sendJson, sendRefusal } from '../../api/request.ts';
import { type PlannedFault, plannedColumn } from '../../faults/planned.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { text } from '../../fields/text.ts';
import type { ResultCode } from '../../results/codes.ts';
import { aboutPayment } from '../stk-push/log-fields.ts';
import { answerUnsigned, checkPassword, signature } from '../stk-push/password.ts';
import { inFlight, stkResult } from '../stk-push/results.ts';
import type { StkApiSettings, StkSettings } from '../stk-push/settings.ts';
import { queryNotes } from './notes.ts';

const fields = { ...signature, CheckoutRequestID: text() };

export const queryRequest = form(fields);

type QueryRequest = Read<typeof fields>;

export const queryAnswer = Type.Object({
  ResponseCode: Type.Literal('0'),
  ResponseDescription: Type.String(),
  MerchantRequestID: Type.String(),
  CheckoutRequestID: Type.String(),
  ResultCode: Type.String({ description: 'A result code, or 4999: there is no result yet.' }),
  ResultDesc: Type.String(),
});

export const queryErrors = {
  unknownTransaction: ownText(
    'stk',
    'The transaction does not Exist',
    { fault: 'caller', kind: 'unknown_transaction' },
    [
      'No push of this BusinessShortCode has this CheckoutRequestID.',
      'Use the one of the acknowledgement, with the same short code.',
    ],
  ),
} as const;

interface PushRow {
  id: string;
  merchant_request_id: string;
  checkout_request_id: string;
  result_code: ResultCode | null;
  result_desc: string | null;
  accepted_at: Date;
  /** What a failure on demand makes of it. */
  planned: PlannedFault | null;
}

/** `POST /mpesa/stkpushquery/v1/query`: what became of a push of this short code. */
export function stkQuery(deps: ProductDependencies<StkApiSettings>) {
  const { database, settings, payments, onClose } = deps;
  const notes = queryNotes(database);
  onClose(() => notes.close());
  return async (read: QueryRequest, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const now = settings();
    request.stage = 'password';
    const deadline = deadlineOf(request);
    const verdict = await checkPassword(deps, read, deadline);
    if (verdict !== 'ok') return answerUnsigned(reply, verdict, now.retryAfterSeconds);
    try {
      request.stage = 'push';
      const row = await within(deadline, 'push', () => selectPush(database, read));
      const nowMs = deps.clock.now();
      const answered = answer(row, now.stk.inFlightAnswer, nowMs);
      if (row !== undefined) notes.note(row.id, noteOf(answered), nowMs);
      if ('fault' in answered) return sendRefusal(reply, answered);
      return sendJson(reply, answered.status, answered.body);
    } catch (error) {
      payments.error(
        () => ({
          err: error,
          ...aboutPayment({
            checkoutRequestId: read.CheckoutRequestID,
            shortCode: read.BusinessShortCode,
          }),
        }),
        'a push could not be read',
      );
      return sendRefusal(reply, refusal('stk', 'internal'), now.retryAfterSeconds);
    }
  };
}

async function selectPush(database: Database, query: QueryRequest): Promise<PushRow | undefined> {
  const { rows } = await database.query<PushRow>({
    name: 'stk-query',
    text: `select id, merchant_request_id, checkout_request_id, result_code, result_desc, accepted_at, ${plannedColumn('push')}
      from mpesa.stk_push push
      where checkout_request_id = $1 and short_code = $2`,
    values: [query.CheckoutRequestID, query.BusinessShortCode],
  });
  return rows[0];
}

/** The answer for a push as it stands; `undefined`: there is none with that id. */
export function answer(
  row: PushRow | undefined,
  inFlightAnswer: StkSettings['inFlightAnswer'],
  nowMs: number,
): Refusal | Pick<Refusal, 'status' | 'body'> {
  if (row === undefined) return ownRefusal(queryErrors.unknownTransaction);
  const hiddenUntilMs = row.accepted_at.getTime() + (row.planned?.processingMs ?? 0);
  if (row.result_code !== null && nowMs >= hiddenUntilMs) {
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

/** The code and words of an answer, whichever shape it has. */
function noteOf({ body }: Pick<Refusal, 'body'>): { code: string; says: string } {
  const { ResultCode, ResultDesc, errorCode, errorMessage } = JSON.parse(body);
  return { code: ResultCode ?? errorCode, says: ResultDesc ?? errorMessage };
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
