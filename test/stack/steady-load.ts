import { Agent, request } from 'node:http';
import { type ClientRequest, pushRequest, type TokenAnswer, tokenRequest } from '../../src/mpesa/client.ts';
import type { Shop } from './stack.ts';

export interface LoadAnswers {
  ok: number;
  failed: FailedRequest[];
}

/** A request that was not answered as it should be. */
export interface FailedRequest {
  /** When it began and ended, ms since the epoch. */
  at: number;
  until: number;
  /** On a kept connection, or one of its own. */
  kept: boolean;
  /** A token takes an authentication server; payments take none. */
  asked: 'payment' | 'token';
  /** Its connection was cut, rather than an answer given. */
  cut: boolean;
  what: string;
}

export interface SteadyLoad {
  answers: LoadAnswers;
  stop(): Promise<void>;
}

const CALL_MS = 15_000;

/**
 * Merchants who take payments one after the other through the shared port, on connections that are kept and
 * on a new one each time, and who fetch tokens. Every answer that is not a success, every reset and every
 * time-out is a failure.
 */
export async function startSteadyLoad(
  { api, credentials }: Shop,
  callbackUrl: string,
  /** How long each merchant waits before the next. */
  pauseMs = 100,
  /** Who pays, one after the other; from the first again after the last. */
  customers = { from: 254_720_000_000, count: 1_000_000 },
): Promise<SteadyLoad> {
  const answers: LoadAnswers = { ok: 0, failed: [] };
  const send = ({ path, ...asked }: ClientRequest, agent: Agent | false) =>
    call(api + path, { ...asked, agent });
  const fetchToken = (agent: Agent | false) => send(tokenRequest(credentials), agent);
  const { access_token: token }: TokenAnswer = JSON.parse(await fetchToken(false));
  let next = 0;
  const push = (agent: Agent | false) => {
    const msisdn = String(customers.from + (next++ % customers.count));
    const payment = { msisdn, shillings: 1, callbackUrl, reference: 'LOAD' };
    return send(pushRequest(token, credentials, payment), agent);
  };
  const kept = Array.from({ length: 3 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  let running = true;
  const merchant = async (asked: 'payment' | 'token', agent: Agent | false) => {
    while (running) {
      const at = Date.now();
      await (asked === 'payment' ? push(agent) : fetchToken(agent)).then(
        () => {
          answers.ok += 1;
        },
        (error: NodeJS.ErrnoException) =>
          answers.failed.push({
            at,
            until: Date.now(),
            kept: agent !== false,
            asked,
            cut: error.code === 'ECONNRESET' || error.code === 'EPIPE',
            what: error.message,
          }),
      );
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const merchants = Promise.all([
    ...kept.map((agent) => merchant('payment', agent)),
    ...kept.map(() => merchant('payment', false)),
    merchant('token', false),
  ]);
  return {
    answers,
    async stop() {
      running = false;
      await merchants;
      for (const agent of kept) agent.destroy();
    },
  };
}

/** The body of a 200; anything else is an error. */
function call(
  url: string,
  { body = '', ...options }: Omit<ClientRequest, 'path'> & { agent: Agent | false },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(CALL_MS);
    request(url, { ...options, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${response.statusCode} ${text}`));
      });
    })
      .once('error', reject)
      .end(body);
  });
}
