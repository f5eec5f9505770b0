import type { FastifyReply, FastifyRequest } from 'fastify';
import { Deadline } from '../platform/deadline.ts';
import type { Refusal } from '../serving/types.ts';
import type { JsonObject } from './fields.ts';
import type { MpesaSettings } from './settings.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The app whose token the request carries; '' before it is checked. */
    appId: string;
    /** Decorated by the server; without it the API makes one. */
    deadline?: Deadline;
  }
}

export function deadlineOf(request: FastifyRequest, settings: MpesaSettings): Deadline {
  request.deadline ??= Deadline.in(settings.requestTimeoutMs);
  return request.deadline;
}

/** The fields of the body; a request without a body has none. */
export function fieldsOf(request: FastifyRequest): JsonObject {
  const { body } = request;
  return typeof body === 'object' && body !== null ? (body as JsonObject) : {};
}

/** Sends JSON text as it is. */
export function sendJson(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(body);
}

/** Sends an error; with `retryAfterSeconds` it says "not now" rather than "no". */
export function sendRefusal(
  reply: FastifyReply,
  { status, body }: Refusal,
  retryAfterSeconds?: number,
): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  return sendJson(reply, status, body);
}
