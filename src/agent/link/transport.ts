import { Agent, fetch, type Response } from 'undici';
import { Deadline, within } from '../../platform/deadline.ts';
import {
  agentPaths,
  type InstanceId,
  parseReportAnswer,
  type Report,
  type ReportAnswer,
  wireLimits,
} from '../../rollout/protocol.ts';
import { lookUp } from './look-up.ts';

/** Where control is, and who may speak to it. */
export interface ControlAddress {
  /**
   * Several, when several control processes run: the one that leads answers, and is looked for when it does
   * not.
   */
  readonly url: string | readonly string[];
  readonly token: string;
}

export type Answered<T> = { ok: true; value: T } | { ok: false; reason: string };

/** The two exchanges with control; each wait in them has a deadline of its own (R1). */
export interface Transport {
  /** Opens the stream; its chunks come until it ends, fails, or is silent for too long. */
  follow(lastEventId: string | undefined, signal: AbortSignal): Promise<Answered<AsyncIterable<Uint8Array>>>;
  report(report: Report, deadline: Deadline): Promise<Answered<ReportAnswer>>;
  close(): Promise<void>;
}

const CONNECT_MS = 1_000;
const OPEN_MS = 3_000;
const CLOSE_MS = 500;

export function createTransport(
  { url, token }: ControlAddress,
  { service, environment, instance }: InstanceId,
): Transport {
  const query = new URLSearchParams({ service, environment, instance });
  const dispatcher = new Agent({
    connect: { timeout: CONNECT_MS, lookup: lookUp },
    // The stream, the reports, and as many that are still being given up.
    connections: 4,
    headersTimeout: OPEN_MS,
    bodyTimeout: 0,
  });
  const authorization = `Bearer ${token}`;
  const bases = [url].flat();
  let turn = 0;
  /**
   * Asks the control that answered last; a failure sends the next question, of either kind, to the next one.
   */
  const ask = async <T>(what: string, from: (base: string) => Promise<Answered<T>>): Promise<Answered<T>> => {
    const asked = turn;
    const result = await answered(what, () => from(bases[asked % bases.length] ?? ''));
    if (!result.ok && turn === asked) turn += 1;
    return result;
  };
  return {
    async follow(lastEventId, signal) {
      const headers = {
        authorization,
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      };
      return ask('stream', async (base) => {
        const address = new URL(`${agentPaths.stream}?${query}`, base);
        const response = await within(Deadline.in(OPEN_MS), 'opening the stream', (late) =>
          fetch(address, {
            dispatcher,
            headers,
            redirect: 'error',
            // Aborted by the caller at any time, and by the deadline until it is open.
            signal: AbortSignal.any([signal, late]),
          }),
        );
        if (!response.ok || response.body === null) return refused(response);
        return { ok: true, value: chunksOf(response.body.getReader()) };
      });
    },
    async report(report, deadline) {
      return ask('report', (base) =>
        within(deadline, 'the report', async (signal) => {
          const response = await fetch(new URL(agentPaths.report, base), {
            dispatcher,
            method: 'POST',
            headers: { authorization, 'content-type': 'application/json' },
            body: JSON.stringify(report),
            redirect: 'error',
            signal,
          });
          if (!response.ok) return refused(response);
          const text = await textOf(response);
          const answer = text === undefined ? undefined : parseReportAnswer(text);
          return answer === undefined
            ? { ok: false, reason: 'control answered something else' }
            : { ok: true, value: answer };
        }),
      );
    },
    async close() {
      await within(Deadline.in(CLOSE_MS), 'closing', () => dispatcher.destroy()).catch(() => {
        // Sockets that do not close are not waited for.
      });
    },
  };
}

async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    for (;;) {
      // R10: control says something every second; silence is a dead stream, whatever TCP thinks.
      const { done, value } = await within(Deadline.in(wireLimits.silenceMs), 'the next event', () =>
        reader.read(),
      );
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {
      // It has failed already, and its reader gets that error.
    });
  }
}

/** `undefined`: longer than an answer may be. */
async function textOf(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > wireLimits.answerBytes) return undefined;
  }
  return text;
}

async function refused(response: Response): Promise<{ ok: false; reason: string }> {
  await response.body?.cancel();
  return { ok: false, reason: `control answered ${response.status}` };
}

async function answered<T>(what: string, ask: () => Promise<Answered<T>>): Promise<Answered<T>> {
  try {
    return await ask();
  } catch (error) {
    return { ok: false, reason: `${what}: ${reasonOf(error)}` };
  }
}

/** `fetch` hides the reason in the cause of its error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? `${cause.code}` : cause.message;
  return error.message;
}
