import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BoundedLog } from '../../../platform/bounded-log.ts';
import type { Clock } from '../../../platform/clock.ts';
import { blamed, fault, refusal } from '../../api/errors/errors.ts';
import { deadlineOf, fieldsOf, JSON_TYPE, sendRefusal } from '../../api/request.ts';
import type { MpesaSettings, StkRequestSettings } from '../../api/settings.ts';
import { callbackUrl } from '../../fields/callback-url.ts';
import {
  choice,
  digits,
  type InvalidField,
  type JsonObject,
  msisdn,
  text,
  wholeShillings,
} from '../../fields/fields.ts';
import { checkoutRequestId, requestId } from '../../identifiers/request-ids.ts';
import type { Organisations } from '../../parties/organisations.ts';
import type { AcceptanceLane } from '../../requests/acceptance-lane.ts';
import { aboutPayment } from './about.ts';
import { answerUnsigned, checkPassword, readSigned, type Signed } from './password.ts';
import { type NewPush, type TransactionType, transactionTypes } from './types.ts';

export interface PushDependencies {
  organisations: Organisations;
  lane: AcceptanceLane<NewPush>;
  settings: () => MpesaSettings;
  clock: Clock;
  newId: () => string;
  /** A line a push. */
  payments: BoundedLog;
}

export interface PushRequest extends Signed {
  transactionType: TransactionType;
  amountCents: bigint;
  /** Who gets the prompt and pays. */
  msisdn: string;
  partyB: string;
  callbackUrl: string;
  accountReference: string;
  description: string;
}

const MAX_REFERENCE = 12;
const MAX_DESCRIPTION = 13;
/** What is accepted beyond the documented lengths: a prompt holds 182 characters, and says so itself (1025). */
const MAX_LENIENT = 500;

/**
 * `POST /mpesa/stkpush/v1/processrequest`. Limits, the subscriber's state and the merchant's products are not judged
 * here: as on the real one they are results of the push, told by its callback.
 */
export function stkPush(deps: PushDependencies) {
  const { organisations, lane, settings, clock, newId, payments } = deps;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const now = settings();
    const read = readPush(fieldsOf(request), now.stk);
    if ('invalid' in read) return sendRefusal(reply, refusal('stk', 'invalidField', read.invalid));

    request.stage = 'password';
    const deadline = deadlineOf(request);
    const checked = checkPassword(organisations, read, deadline);
    const verdict = checked instanceof Promise ? await checked : checked;
    if (verdict !== 'ok') return answerUnsigned(reply, verdict, now.retryAfterSeconds);

    request.stage = 'acceptance';
    const merchantRequest = requestId();
    const checkoutRequest = checkoutRequestId(clock.now(), read.msisdn);
    const about = () =>
      aboutPayment({
        checkoutRequestId: checkoutRequest,
        merchantRequestId: merchantRequest,
        shortCode: read.shortCode,
      });
    const acceptance = await lane.accept(
      {
        id: newId(),
        merchantRequestId: merchantRequest,
        checkoutRequestId: checkoutRequest,
        appId: request.appId,
        shortCode: read.shortCode,
        partyB: read.partyB,
        transactionType: read.transactionType,
        msisdn: read.msisdn,
        amountCents: read.amountCents,
        accountReference: read.accountReference,
        description: read.description,
        callbackUrl: read.callbackUrl,
      },
      deadline,
    );
    switch (acceptance) {
      case 'accepted':
        payments.info(about, 'push accepted');
        return acknowledge(reply, merchantRequest, checkoutRequest);
      case 'conflict':
        return sendRefusal(reply, fault('stk', LOCKED, blamed.lockedSubscriber));
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

const LOCKED = 'Unable to lock subscriber, a transaction is already in process for the current subscriber';
const TAKEN = 'Success. Request accepted for processing';

/**
 * Written straight to the response: the framework's own way there costs more than all the checks before it. Both ids
 * are made of characters that JSON needs no escape for.
 */
function acknowledge(reply: FastifyReply, merchantRequest: string, checkoutRequest: string): FastifyReply {
  if (reply.sent) return reply;
  const body = `{"MerchantRequestID":"${merchantRequest}","CheckoutRequestID":"${checkoutRequest}","ResponseCode":"0","ResponseDescription":"${TAKEN}","CustomerMessage":"${TAKEN}"}`;
  reply.hijack();
  reply.raw.writeHead(200, ['Content-Type', JSON_TYPE, 'Content-Length', String(body.length)]).end(body);
  return reply;
}

/** Reads the fields in the order of their page; the first that is missing or wrong is named. */
export function readPush(body: JsonObject, settings: StkRequestSettings): PushRequest | InvalidField {
  const signed = readSigned(body);
  if ('invalid' in signed) return signed;
  const transactionType = choice(body.TransactionType, transactionTypes);
  if (transactionType === undefined) return { invalid: 'TransactionType' };
  const amountCents = wholeShillings(body.Amount);
  if (amountCents === undefined) return { invalid: 'Amount' };
  if (msisdn(body.PartyA) === undefined) {
    // Of the two phone fields the real one names the second when both are wrong.
    return { invalid: msisdn(body.PhoneNumber) === undefined ? 'PhoneNumber' : 'PartyA' };
  }
  const partyB = digits(body.PartyB, 5, 7);
  if (partyB === undefined) return { invalid: 'PartyB' };
  const subscriber = msisdn(body.PhoneNumber);
  if (subscriber === undefined) return { invalid: 'PhoneNumber' };
  const callback = callbackUrl(body.CallBackURL, settings.callbackUrl);
  if (callback === undefined) return { invalid: 'CallBackURL' };
  const accountReference = text(body.AccountReference, settings.strictLengths ? MAX_REFERENCE : MAX_LENIENT);
  if (accountReference === undefined) return { invalid: 'AccountReference' };
  const description = optionalText(
    body.TransactionDesc,
    settings.strictLengths ? MAX_DESCRIPTION : MAX_LENIENT,
  );
  if (description === undefined) return { invalid: 'TransactionDesc' };
  return {
    ...signed,
    transactionType,
    amountCents,
    msisdn: subscriber,
    partyB,
    callbackUrl: callback,
    accountReference,
    description,
  };
}

function optionalText(value: unknown, maxLength: number): string | undefined {
  return value === undefined || value === null || value === '' ? '' : text(value, maxLength);
}
