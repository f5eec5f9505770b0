import { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Deadline } from '../../platform/deadline.ts';
import type { Place } from '../admission/bulkhead.ts';
import type { Blame, Operation } from '../types.ts';
import type { Target } from './target.ts';

/** A request and its response, from its last byte to its outcome. */
export interface Exchange {
  readonly request: ReceivedRequest;
  readonly response: AnsweredResponse;
  /** `undefined`: not written in the one way that a path has, so nothing is at it. */
  readonly target: Target | undefined;
  readonly operation: Operation | undefined;
  receivedAt: number;
}

/** Paths the API does not know share one budget: their answer is cheap, a flood of them is not. */
export const unknownOperation = { product: 'unknown', priority: 'helper', path: 'unknown' } as const;

export function pathOf({ request, target }: Exchange): string {
  return target?.path ?? request.url ?? '';
}

/** A request being served: it has a place, a deadline, and one outcome. */
export interface Served {
  readonly place: Place;
  readonly deadline: Deadline;
  /** What the gate admitted; `undefined`: a path that no operation has. */
  readonly operation: Operation | undefined;
  /** Of the release it began with. */
  readonly configVersion: string;
  /** Who asks, once it is known: an app, or what stands for one. */
  caller: string | undefined;
  /** Set when the framework has taken it. */
  framework: { request: FastifyRequest; reply: FastifyReply } | undefined;
}

/**
 * A request that says when its last byte has arrived. It takes a place only then: a client that sends its
 * body a byte a second holds a connection, which is cheap, and not a place in a product.
 */
export class ReceivedRequest extends IncomingMessage {
  /** Called once; also for a body over `maxBodyBytes`, which will be refused and need not be waited for. */
  whenReceived: (() => void) | undefined;
  maxBodyBytes = Number.POSITIVE_INFINITY;
  served: Served | undefined;

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    const more = super.push(chunk, encoding);
    if (this.whenReceived !== undefined && (chunk === null || this.readableLength > this.maxBodyBytes)) {
      this.received();
    }
    return more;
  }

  received(): void {
    const whenReceived = this.whenReceived;
    this.whenReceived = undefined;
    whenReceived?.();
  }
}

/**
 * A response that says when it is answered. The events `finish` and `close` do not: when the client has gone
 * they fire while the handler still works.
 */
export class AnsweredResponse extends ServerResponse<ReceivedRequest> {
  whenAnswered: (() => void) | undefined;
  /** Called after it, by whatever it was answered. */
  whenEnded: (() => void) | undefined;
  /** Of a refusal; `undefined`: the request got what it asked for. */
  blame: Blame | undefined;
  /** A failure that somebody asked for: its outcome is nobody's, and says nothing about a release (R19). */
  injected = false;
  /** The answer leaves when this has resolved. */
  heldUntil: (() => Promise<void>) | undefined;

  /** Nothing will be answered: its place is given back. */
  giveUp(): void {
    const answered = this.whenAnswered;
    this.whenAnswered = undefined;
    answered?.();
  }

  override end(...args: unknown[]): this {
    const { heldUntil } = this;
    if (heldUntil !== undefined) {
      this.heldUntil = undefined;
      const leave = () => void this.end(...args);
      heldUntil().then(leave, leave);
      return this;
    }
    this.giveUp();
    Reflect.apply(super.end, this, args);
    const ended = this.whenEnded;
    this.whenEnded = undefined;
    ended?.();
    return this;
  }
}
