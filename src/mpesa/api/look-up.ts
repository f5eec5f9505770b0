import type { FastifyReply } from 'fastify';
import type { ProductDependencies } from './define-product.ts';
import type { Family } from './errors/families.ts';
import { refusal } from './errors/forms.ts';
import { sendJson, sendRefusal } from './request.ts';
import type { ApiSettings } from './settings.ts';

/** Sends an answer of status 200. */
export function sendAnswer(reply: FastifyReply, answer: object): FastifyReply {
  return sendJson(reply, 200, JSON.stringify(answer));
}

/** What could not be read in time is an internal error that may be asked again, and a bounded line of log. */
export async function orInternal(
  reply: FastifyReply,
  family: Family,
  { payments, settings }: Pick<ProductDependencies<ApiSettings>, 'payments' | 'settings'>,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    payments.error(() => ({ err: error, family }), 'a request could not be answered');
    return sendRefusal(reply, refusal(family, 'internal'), settings().retryAfterSeconds);
  }
}
