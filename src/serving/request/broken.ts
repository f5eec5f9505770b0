import type { Socket } from 'node:net';
import { answerBytes, clientFault } from '../../platform/http/http-answers.ts';
import type { ServerMetrics } from '../metrics.ts';
import type { Refusal } from '../types.ts';
import type { Exchange, ReceivedRequest } from './exchange.ts';
import type { Turns } from './pipelining.ts';
import type { ClientFaultForm } from './refusal.ts';
import { readTarget, requestLineTarget } from './target.ts';

/** Answers of what is no whole request: Node could not read it, or it did not come in time. */
export interface BrokenRequests {
  /** What each connection is sending, or sent last. */
  arriving(request: ReceivedRequest): void;
  answerFault(error: { code?: string; rawPacket?: unknown }, socket: Socket): void;
  answerOn(socket: Socket, refusal: Refusal): void;
  closeAfterAnswers(socket: Socket): void;
}

export function createBrokenRequests({
  turns,
  metrics,
  clientFaultForm,
  isKnown,
}: {
  turns: Turns<Exchange>;
  metrics: Pick<ServerMetrics, 'clientFault'>;
  clientFaultForm: ClientFaultForm;
  isKnown: (path: string) => boolean;
}): BrokenRequests {
  const arriving = new WeakMap<Socket, ReceivedRequest>();

  /** Ends the connection with the last of the answers that it owes. */
  function closeAfterAnswers(socket: Socket): void {
    const newest = turns.newest(socket);
    if (newest !== undefined) newest.response.shouldKeepAlive = false;
  }

  function answerFault({ code, rawPacket }: { code?: string; rawPacket?: unknown }, socket: Socket): void {
    const fault = clientFault(code);
    if (fault !== undefined) metrics.clientFault(fault);
    if (fault === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    const sending = arriving.get(socket);
    // Of headers that Node could not read, the first line may still say where they were going.
    const sent = sending === undefined ? requestLineTarget(rawPacket) : sending.complete ? '' : sending.url;
    answerOn(socket, clientFaultForm(fault, readTarget(sent ?? '', isKnown)?.path));
  }

  /**
   * Answers what is no request on this connection, and ends it. What follows a request that is being served
   * may be broken (a Content-Length that counts characters leaves bytes over): then its answer goes first,
   * since an answer now would be taken for it, and the connection ends with it.
   */
  function answerOn(socket: Socket, refusal: Refusal): void {
    if (turns.newest(socket) === undefined) {
      socket.end(answerBytes(refusal.status, refusal.body), () => socket.destroy());
    } else {
      socket.pause();
      closeAfterAnswers(socket);
    }
  }

  return {
    arriving: (request) => void arriving.set(request.socket, request),
    answerFault,
    answerOn,
    closeAfterAnswers,
  };
}
