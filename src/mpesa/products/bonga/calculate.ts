import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ProductDependencies } from '../../api/define-product.ts';
import { bongaHeader } from '../../api/errors/headed.ts';
import { sendAnswer } from '../../api/look-up.ts';
import { digits } from '../../fields/digits.ts';
import { form } from '../../fields/form/form.ts';
import type { BongaSettings } from './settings.ts';

export const calculateRequest = form({ points: digits(1, 9) });

export const bongaHeaderSchema = Type.Object({
  requestRefId: Type.String(),
  responseCode: Type.Integer(),
  responseMessage: Type.String(),
  customerMessage: Type.String(),
  timestamp: Type.String({ description: 'UTC, without a zone.' }),
});

export const calculateAnswer = Type.Object({
  header: bongaHeaderSchema,
  body: Type.Object({
    amount: Type.String({ description: 'Shillings.' }),
    points: Type.String(),
    rate: Type.String({ description: 'Shillings a point.' }),
  }),
});

/** `POST /v1/lipa/na/bonga/calculate-points`: what points are worth. */
export function calculatePoints({ settings }: ProductDependencies<{ bonga: BongaSettings }>) {
  return async ({ points }: { points: string }, _request: FastifyRequest, reply: FastifyReply) => {
    const { centsPerPoint } = settings().bonga;
    return sendAnswer(reply, {
      header: bongaHeader(200, 'Success', 'Request executed successfully.'),
      body: {
        amount: shillings(Number(points) * centsPerPoint),
        points: String(Number(points)),
        rate: shillings(centsPerPoint),
      },
    });
  };
}

/** `8`, `0.2`, `8.25`: as the sample has them, without zeros that say nothing. */
function shillings(cents: number): string {
  return String(cents / 100);
}
