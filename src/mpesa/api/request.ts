import type { FastifyReply, FastifyRequest } from 'fastify';
import { Deadline } from '../../platform/deadline.ts';
import { AnsweredResponse } from '../../serving/request/exchange.ts';
import type {} from '../../serving/server.ts';
import type { Refusal } from '../../serving/types.ts';
import type { JsonObject } from '../fields/field.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The app whose token the request carries; '' before it is checked. */
    appId: string;
  }
}

export const JSON_TYPE = 'application/json; charset=utf-8';
const UNGATED_MS = 5_000;

/** The request's deadline; one of its own when it did not come through the gate of `serving`. */
export function deadlineOf(request: FastifyRequest): Deadline {
  request.deadline ??= Deadline.in(UNGATED_MS);
  return request.deadline;
}

/**
 * The fields of the body; a request without a body has none. A list is the field `bare`; `undefined`: it is
 * a list where no such body is taken.
 */
export function fieldsOf({ body }: FastifyRequest, bare?: string): JsonObject | undefined {
  if (Array.isArray(body)) return bare === undefined ? undefined : { [bare]: body };
  return typeof body === 'object' && body !== null ? (body as JsonObject) : {};
}

/**
 * Sends JSON text as it is. Nothing, when the server has answered in our place because the deadline passed.
 */
export function sendJson(reply: FastifyReply, status: number, body: string): FastifyReply {
  if (reply.sent) return reply;
  return reply.code(status).header('content-type', JSON_TYPE).send(body);
}

/**
 * Sends an error, and says whose fault it is; with `retryAfterSeconds` it says "not now" rather than "no".
 */
export function sendRefusal(
  reply: FastifyReply,
  { status, body, fault, kind }: Refusal,
  retryAfterSeconds?: number,
): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  if (reply.raw instanceof AnsweredResponse) reply.raw.blame = { fault, kind };
  return sendJson(reply, status, body);
}
