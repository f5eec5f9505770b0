import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { askedText } from '../../api/asked.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import { ownRefusal, refusal } from '../../api/errors/forms.ts';
import { ownText } from '../../api/errors/own-error.ts';
import { deadlineOf, JSON_TYPE, sendRefusal } from '../../api/request.ts';
import { callbackUrl } from '../../fields/callback-url.ts';
import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { type Field, optional, ruled } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import { checkoutRequestId, requestId } from '../../identifiers/request-ids.ts';
import { pushLane } from './accept.ts';
import { aboutPayment } from './log-fields.ts';
import { answerUnsigned, checkPassword, signature } from './password.ts';
import type { StkApiSettings } from './settings.ts';
import { transactionTypes } from './types.ts';

const MAX_REFERENCE = 12;
const MAX_DESCRIPTION = 13;
/**
 * What is accepted beyond the documented lengths: a prompt holds 182 characters, and says so itself (1025).
 */
const MAX_LENIENT = 500;

const fields = {
  ...signature,
  TransactionType: choice(transactionTypes),
  Amount: wholeShillings,
  PartyA: msisdn,
  PartyB: shortCode,
  /** Who gets the prompt and pays. */
  PhoneNumber: msisdn,
  CallBackURL: ruled(callbackUrl, ({ stk }: StkApiSettings) => stk.callbackUrl),
  AccountReference: textUpTo(MAX_REFERENCE),
  TransactionDesc: optional(textUpTo(MAX_DESCRIPTION), ''),
};

export const pushRequest = form(fields, {
  // Of the two phone fields the real one names the second when both are wrong.
  told: (wrong, body) =>
    wrong === 'PartyA' && msisdn.read(body.PhoneNumber, undefined) === undefined ? 'PhoneNumber' : wrong,
});

type PushRequest = Read<typeof fields>;

export const pushAcknowledgement = Type.Object({
  MerchantRequestID: Type.String(),
  CheckoutRequestID: Type.String(),
  ResponseCode: Type.Literal('0'),
  ResponseDescription: Type.String(),
  CustomerMessage: Type.String(),
});

export const pushErrors = {
  lockedSubscriber: ownText(
    'stk',
    'Unable to lock subscriber, a transaction is already in process for the current subscriber',
    { fault: 'subscriber', kind: 'locked_subscriber' },
    [
      'This subscriber has a push without a result.',
      'Wait for its result (a minute at most), then send it again.',
    ],
  ),
} as const;

/** Clients in the field send more than the documented length; whether it holds is a setting. */
function textUpTo(documented: number): Field<string, StkApiSettings> {
  const [strict, lenient] = [text(documented), text(MAX_LENIENT)];
  return {
    schema: lenient.schema,
    read: (value, { stk }) => (stk.strictLengths ? strict : lenient).read(value, undefined),
  };
}

/**
 * `POST /mpesa/stkpush/v1/processrequest`. Limits, the subscriber's state and the merchant's products are not
 * judged here: as on the real one they are results of the push, in its callback.
 */
export function stkPush(deps: ProductDependencies<StkApiSettings>) {
  const { settings, clock, newId, payments, onClose } = deps;
  const lane = pushLane(deps);
  onClose(() => lane.close());
  return async (read: PushRequest, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const now = settings();
    request.stage = 'password';
    const deadline = deadlineOf(request);
    const checked = checkPassword(deps, read, deadline);
    const verdict = checked instanceof Promise ? await checked : checked;
    if (verdict !== 'ok') return answerUnsigned(reply, verdict, now.retryAfterSeconds);

    request.stage = 'acceptance';
    const merchantRequest = requestId();
    const checkoutRequest = checkoutRequestId(clock.now(), read.PhoneNumber);
    const about = () =>
      aboutPayment({
        checkoutRequestId: checkoutRequest,
        merchantRequestId: merchantRequest,
        shortCode: read.BusinessShortCode,
      });
    const acceptance = await lane.accept(
      {
        id: request.plannedId ?? newId(),
        merchantRequestId: merchantRequest,
        checkoutRequestId: checkoutRequest,
        appId: request.appId,
        shortCode: read.BusinessShortCode,
        partyB: read.PartyB,
        transactionType: read.TransactionType,
        msisdn: read.PhoneNumber,
        amountCents: read.Amount,
        accountReference: read.AccountReference,
        description: read.TransactionDesc,
        callbackUrl: read.CallBackURL,
        asked: askedText(request),
      },
      deadline,
    );
    switch (acceptance) {
      case 'accepted':
        payments.info(about, 'push accepted');
        return acknowledge(reply, merchantRequest, checkoutRequest);
      case 'conflict':
        return sendRefusal(reply, ownRefusal(pushErrors.lockedSubscriber));
      case 'busy':
        return sendRefusal(reply, refusal('stk', 'busy'), now.retryAfterSeconds);
      case 'unknown':
        payments.warn(about, 'push not acknowledged: whether it was written is not known');
        // Without `Retry-After`: the push may have been taken, and asking again could take a second one.
        return sendRefusal(reply, refusal('stk', 'internal'));
      default:
        return acceptance satisfies never;
    }
  };
}

const TAKEN = 'Success. Request accepted for processing';

/**
 * Written straight to the response: the framework's own way there costs more than all the checks before it.
 * Both ids are made of characters that JSON needs no escape for.
 */
function acknowledge(reply: FastifyReply, merchantRequest: string, checkoutRequest: string): FastifyReply {
  if (reply.sent) return reply;
  const body = `{"MerchantRequestID":"${merchantRequest}","CheckoutRequestID":"${checkoutRequest}","ResponseCode":"0","ResponseDescription":"${TAKEN}","CustomerMessage":"${TAKEN}"}`;
  reply.hijack();
  reply.raw.writeHead(200, ['Content-Type', JSON_TYPE, 'Content-Length', String(body.length)]).end(body);
  return reply;
}
