import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { deadlineOf, sendJson, sendRefusal } from '../../api/request.ts';
import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { optional } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import { conversationId } from '../../identifiers/conversation-ids.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { paymentLane } from '../../payments/lane.ts';
import { aboutCustomerPayment } from '../../payments/log-fields.ts';
import type { C2bApiSettings } from './settings.ts';

const MAX_BILL_REFERENCE = 20;

const fields = {
  ShortCode: shortCode,
  CommandID: choice(['CustomerPayBillOnline', 'CustomerBuyGoodsOnline']),
  Amount: wholeShillings,
  Msisdn: msisdn,
  /** The account at a pay bill; null at a till. */
  BillRefNumber: optional(text(MAX_BILL_REFERENCE), ''),
};

export const simulateRequest = form(fields);

export const simulateAcknowledgement = Type.Object({
  ConversationID: Type.Optional(Type.String({ description: 'Of version 1 alone.' })),
  OriginatorCoversationID: Type.String({ description: 'The spelling is the vendor’s.' }),
  ResponseCode: Type.Literal('0'),
  ResponseDescription: Type.String(),
});

export const simulateSample = {
  ShortCode: 601426,
  CommandID: 'CustomerPayBillOnline',
  Amount: 1,
  Msisdn: 254708374149,
  BillRefNumber: 'INV-7',
} as const;

/**
 * `POST /mpesa/c2b/v1/simulate`, `…/v2/simulate`: a payment as if the subscriber had made it on the phone,
 * without a PIN. What becomes of it the merchant hears at its URLs, and nowhere else.
 */
export function simulate(version: 1 | 2) {
  return (deps: ProductDependencies<C2bApiSettings>) => {
    const { settings, clock, newId, payments, onClose } = deps;
    const lane = paymentLane(deps);
    onClose(() => lane.close());
    return async (
      read: Read<typeof fields>,
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<FastifyReply> => {
      request.stage = 'acceptance';
      const ids = { conversationId: conversationId(clock.now()), originatorConversationId: requestId() };
      const isBill = read.CommandID === 'CustomerPayBillOnline';
      const taken = await lane.accept(
        {
          ...ids,
          id: request.plannedId ?? newId(),
          kind: isBill ? 'pay_bill' : 'buy_goods',
          source: 'simulate',
          msisdn: read.Msisdn,
          payee: read.ShortCode,
          accountReference: isBill ? read.BillRefNumber : '',
          amountCents: read.Amount,
        },
        deadlineOf(request),
      );
      switch (taken) {
        case 'accepted':
          payments.info(() => aboutCustomerPayment(ids), 'payment simulated');
          return sendJson(reply, 200, acknowledgement(version, ids));
        case 'busy':
          return sendRefusal(reply, refusal('c2b', 'busy'), settings().retryAfterSeconds);
        case 'conflict':
          // Its id was made here: none is used twice.
          throw new Error(`the id of payment ${ids.conversationId} is in use`);
        case 'unknown':
          // Without `Retry-After`: it may have been taken, and asking again could take a second one.
          return sendRefusal(reply, refusal('c2b', 'internal'));
        default:
          return taken satisfies never;
      }
    };
  };
}

function acknowledgement(
  version: 1 | 2,
  ids: { conversationId: string; originatorConversationId: string },
): string {
  return JSON.stringify({
    ...(version === 1 && { ConversationID: ids.conversationId }),
    OriginatorCoversationID: ids.originatorConversationId,
    ResponseCode: '0',
    ResponseDescription: 'Accept the service request successfully.',
  });
}
