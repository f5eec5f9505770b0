import type { ServerResponse } from 'node:http';
import type { ClientFault } from '../../platform/http/http-answers.ts';
import type { Log } from '../../platform/log.ts';
import type { ConnectionLimits } from '../settings.ts';
import type { Refusal, RefusalReason } from '../types.ts';
import { AnsweredResponse } from './exchange.ts';

/** The API's error form for what is not a whole request; `path`, when that much of it arrived. */
export type ClientFaultForm = (fault: ClientFault, path: string | undefined) => Refusal;

export const plainClientFaults: ClientFaultForm = (fault) => plain[fault];

const plain: Record<ClientFault, Refusal> = {
  malformed: { status: 400, body: '{"error":"Bad Request"}', fault: 'caller', kind: 'malformed' },
  header_too_large: {
    status: 431,
    body: '{"error":"Request Header Fields Too Large"}',
    fault: 'caller',
    kind: 'header_too_large',
  },
  too_slow: { status: 408, body: '{"error":"Request Timeout"}', fault: 'caller', kind: 'too_slow' },
};

/**
 * Answers at once: no framework, no Error object, no line in the log. Without `retryAfterSeconds` where the
 * outcome is not known: asking again could do it twice.
 */
export function writeRefusal(
  response: ServerResponse,
  { status, body, fault, kind }: Refusal,
  retryAfterSeconds?: number,
): void {
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))];
  if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds));
  if (response instanceof AnsweredResponse) response.blame = { fault, kind };
  response.writeHead(status, headers);
  response.end(body);
}

const LOGGED_EVERY_MS = 1_000;

/**
 * One line a second at most, with the sum of what was refused: a line each would cost more than the refusals.
 */
export function createRefusalLog(log: Log, now: () => number) {
  let counts = new Map<string, number>();
  let flushedAt = now();
  return {
    add(route: string, reason: RefusalReason) {
      const key = `${route} ${reason}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    flush() {
      if (counts.size === 0 || now() - flushedAt < LOGGED_EVERY_MS) return;
      log.warn({ refused: Object.fromEntries(counts) }, 'refused requests');
      counts = new Map();
      flushedAt = now();
    },
  };
}

/** Brings the limits of a release to a running server; those the parser took at start stay. */
export function applyLimits(
  server: {
    headersTimeout: number;
    requestTimeout: number;
    keepAliveTimeout: number;
    maxConnections: number;
  },
  limits: ConnectionLimits,
): void {
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.maxConnections = limits.maxConnections;
}
