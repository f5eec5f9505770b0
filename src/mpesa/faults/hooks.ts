/**
 * Where faults meet requests: before the token is looked at (those that look at no body), and before the
 * handler (the others). A request that is hit is answered here, or planned for: then its handler takes it,
 * under the id that the plan has (`request.plannedId`). One that came in by the instance's own listener, or
 * names the synthetic merchant, meets none: probes tell of the release, not of what was asked for. What is
 * answered here counts for nobody (R19).
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { wasDelivered } from '../../delivery/interference.ts';
import type { Database } from '../../platform/database/database.ts';
import { Deadline } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { AnsweredResponse } from '../../serving/request/exchange.ts';
import type { Product } from '../api/define-product.ts';
import { deadlineOf, fieldsOf } from '../api/request.ts';
import { SYNTHETIC_SHORT_CODE } from '../parties/synthetic.ts';
import { injectedAnswer } from './answers.ts';
import type { FaultBook, Hit } from './book.ts';
import { meets } from './facts.ts';
import { planOf } from './plan.ts';
import { writePlan } from './rows.ts';
import { milliseconds } from './rule.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id that a fault has planned for, which the request is to be taken under. */
    plannedId: string | undefined;
  }
}

export interface FaultDependencies {
  book: FaultBook;
  database: Database;
  newId: () => string;
  log: Log;
  productOf: (name: string) => Product | undefined;
}

/** A connection that is held without an answer is cut after it. */
const HANG_MS = 60_000;
const MOST_HANGING = 1_000;
/** An acknowledgement that waits for its callback leaves this long before its deadline. */
const EARLY_MARGIN_MS = 500;
const EARLY_POLL_MS = 25;

export function injectFaults(fastify: FastifyInstance, deps: FaultDependencies): void {
  const { book, database, newId, log, productOf } = deps;
  let hanging = 0;

  /** Whether the request was answered here. */
  async function meet(
    request: FastifyRequest,
    reply: FastifyReply,
    when: 'early' | 'late',
  ): Promise<boolean> {
    const { operation } = request.routeOptions.config;
    if (operation === undefined || request.isOwn()) return false;
    const body = when === 'early' ? undefined : fieldsOf(request);
    const facts = { product: operation.product, headers: request.headers, body };
    if (meets({ shortCode: SYNTHETIC_SHORT_CODE }, facts)) return false;
    const hit = await book.hit(facts, when);
    if (hit === undefined) return false;
    const { answer, answerAfter } = hit.fault.rule.do;
    mark(reply);
    log.info({ fault: hit.fault.name, path: operation.path }, 'a fault hit a request');
    const heldMs = answerAfter === undefined ? undefined : milliseconds(answerAfter);
    if (answer === 'hang' || answer === 'reset') {
      cut(request, reply, answer === 'hang' ? (heldMs ?? HANG_MS) : (heldMs ?? 0));
      return true;
    }
    if (heldMs !== undefined) await sleep(heldMs);
    if (answer === undefined) {
      await plan(request, reply, hit);
      return false;
    }
    if (reply.raw instanceof AnsweredResponse) reply.raw.blame = { fault: 'caller', kind: 'injected' };
    const { status, type, body: text } = injectedAnswer(answer, operation.family);
    if (!reply.sent) void reply.code(status).header('content-type', type).send(text);
    return true;
  }

  async function plan(request: FastifyRequest, reply: FastifyReply, hit: Hit): Promise<void> {
    const product = productOf(request.routeOptions.config.operation?.product ?? '');
    const planned = planOf(hit, product?.results);
    const id = newId();
    await writePlan(database, id, planned.request, planned.callback);
    request.plannedId = id;
    if (!planned.early || !(reply.raw instanceof AnsweredResponse)) return;
    const deadline = deadlineOf(request);
    reply.raw.heldUntil = async () => {
      await lookUntil(async () => (await wasDelivered(database, id)) || undefined, {
        everyMs: EARLY_POLL_MS,
        deadline: Deadline.in(deadline.remainingMs() - EARLY_MARGIN_MS),
      });
    };
  }

  /** Its place is given back at once: only the connection is held, and few of those. */
  function cut(request: FastifyRequest, reply: FastifyReply, afterMs: number): void {
    reply.hijack();
    if (reply.raw instanceof AnsweredResponse) reply.raw.giveUp();
    const end = () => request.raw.socket.destroy();
    if (afterMs === 0 || hanging >= MOST_HANGING) {
      end();
      return;
    }
    hanging += 1;
    const timer = setTimeout(end, afterMs).unref();
    request.raw.socket.once('close', () => {
      clearTimeout(timer);
      hanging -= 1;
    });
  }

  const hook =
    (when: 'early' | 'late') => (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      if (!book.armed) {
        done();
        return;
      }
      meet(request, reply, when).then(
        (answered) => {
          if (!answered) done();
        },
        (error: unknown) => {
          log.error({ err: error }, 'a fault could not be injected: the request is served');
          done();
        },
      );
    };
  fastify.decorateRequest('plannedId', undefined);
  fastify.addHook('onRequest', hook('early'));
  fastify.addHook('preHandler', hook('late'));
  fastify.addHook('onClose', () => book.close());
}

function mark({ raw }: FastifyReply): void {
  if (!(raw instanceof AnsweredResponse)) return;
  raw.injected = true;
}
