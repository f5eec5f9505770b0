import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { bongaHeader } from '../../api/errors/headed.ts';
import { sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { digits, shortCode } from '../../fields/digits.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import { requestTaker } from '../../requests/acceptance/take.ts';
import { bongaHeaderSchema } from './calculate.ts';
import type { BongaSettings } from './settings.ts';

const fields = {
  msisdn,
  amount: wholeShillings,
  bongaPoints: digits(1, 9),
  /** Shillings a point, as `calculate-points` answered. */
  conversionRate: text(12),
  shortCode,
  accountNumber: text(20),
};

export const redeemRequest = form(fields);

export const redeemSample = {
  msisdn: '254708374149',
  amount: '8',
  bongaPoints: '40',
  conversionRate: '0.2',
  shortCode: '600997',
  accountNumber: 'INV-1',
} as const;

export const redeemAnswer = Type.Object({ header: bongaHeaderSchema, body: Type.Null() });

/**
 * `POST /v1/lipa/na/bonga/redeem-paybill`: durable when it is acknowledged. The subscriber is asked for the
 * PIN, then the points become money of the pay bill, which hears of it as of any payment of C2B. That rate
 * and amount must be those of `calculate-points` is a default taken, as is 200 for success: the page's
 * sample has it, its table 6000.
 */
export function redeemPoints(deps: ProductDependencies<ApiSettings & { bonga: BongaSettings }>) {
  const answer = () => ({
    header: bongaHeader(200, 'Success', 'Request executed successfully.'),
    body: null,
  });
  const take = requestTaker(deps, { product: 'bonga', family: 'bonga', answer });
  return async (read: Read<typeof fields>, request: FastifyRequest, reply: FastifyReply) => {
    const { centsPerPoint } = deps.settings().bonga;
    if (Number(read.conversionRate) !== centsPerPoint / 100)
      return sendRefusal(reply, refusal('bonga', 'invalidField', 'conversionRate'));
    const points = BigInt(read.bongaPoints);
    if (read.amount !== points * BigInt(centsPerPoint))
      return sendRefusal(reply, refusal('bonga', 'invalidField', 'amount'));
    return take(
      {
        shortCode: read.shortCode,
        initiator: '',
        securityCredential: '',
        // There is no callback but the confirmation of C2B.
        resultUrl: '',
        queueTimeoutUrl: '',
        details: {
          msisdn: read.msisdn,
          amountCents: String(read.amount),
          points: String(points),
          AccountReference: read.accountNumber,
        },
      },
      request,
      reply,
    );
  };
}
