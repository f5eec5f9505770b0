import { LRUCache } from 'lru-cache';
import { Deadline, DeadlineExceeded, within } from '../../../platform/deadline.ts';
import type { AuthClientSettings } from '../settings.ts';
import { parseServerAddress } from './address.ts';
import { createEndpointGate, type EndpointGate } from './endpoint-gate.ts';
import type { Answer, Question, Transport } from './exchange.ts';
import { type Asked, type Failure, type FailureCause, failure } from './failure.ts';
import type { Endpoint, Resolver } from './resolver.ts';
import { createRetryBudget } from './retry-budget.ts';

/** How a whole question went, over all servers. */
export type AskedServers = { ok: true } | Failure;

/** Turns an answer into what was asked for; a failure sends the question to the next server. */
export type Reading<T> = (answer: Extract<Answer, { ok: true }>) => Asked<T>;

export interface Servers {
  /** Puts a question to the servers until one has answered it; never later than the deadline. */
  ask<T>(question: Question, read: Reading<T>, deadline: Deadline): Promise<Asked<T>>;
}

const mostServers = 16;
/** Found without asking anyone: they tell less about a call than what a server did. */
const local = new Set<FailureCause>(['breaker_open', 'busy', 'cancelled']);

/**
 * Asks one server, and the next when it fails or is slow (hedging), as far as the retry budget goes. Servers
 * take turns; one whose breaker is open is passed over, unless no other answers: it may be back since it was
 * last looked at. The first answer ends the other attempts, sockets and all.
 */
export function createServers({
  settings,
  resolver,
  transport,
  onAttempt = () => {},
  onAsked = () => {},
}: {
  settings: () => AuthClientSettings;
  resolver: Pick<Resolver, 'resolve'>;
  transport: Pick<Transport, 'exchange'>;
  onAttempt?: (outcome: 'answered' | FailureCause) => void;
  onAsked?: (asked: AskedServers) => void;
}): Servers {
  const budget = createRetryBudget();
  const gates = new LRUCache<string, EndpointGate>({ max: 256 });
  let turn = 0;

  async function ask<T>(question: Question, read: Reading<T>, deadline: Deadline): Promise<Asked<T>> {
    const limit = Deadline.in(settings().callTimeoutMs, deadline);
    const asked = await within(limit, 'authentication servers', (signal) =>
      race(question, read, limit, signal),
    ).catch((error: unknown) => exceeded(error, 'the authentication servers'));
    onAsked(asked.ok ? { ok: true } : asked);
    return asked;
  }

  async function race<T>(
    question: Question,
    read: Reading<T>,
    limit: Deadline,
    signal: AbortSignal,
  ): Promise<Asked<T>> {
    const { maxAttempts, hedgeAfterMs, servers } = settings();
    const order = rotated(servers.slice(0, mostServers), turn++);
    const losers = new AbortController();
    const cancelled = AbortSignal.any([signal, losers.signal]);
    const running = new Set<Promise<Asked<T> | undefined>>();
    const tried = new Set<string>();
    const passedOver = new Set<string>();
    let visits = 0;
    let sent = 0;
    let last: Failure | undefined;
    let desperate = false;
    budget.earn();

    // A server of several endpoints is visited again for each, after all others.
    const canStart = () => visits < order.length * maxAttempts && sent < maxAttempts && !cancelled.aborted;
    const start = () => {
      const visited = visit(order[visits++ % order.length] ?? '').then((outcome) => {
        running.delete(visited);
        return outcome;
      });
      running.add(visited);
    };
    const visit = async (server: string): Promise<Asked<T> | undefined> => {
      const chosen = await choose(server, tried, limit, desperate);
      if (chosen === undefined || !chosen.ok) return chosen;
      const id = endpointId(chosen.value);
      tried.add(id);
      const outcome = await attempt(chosen.value, question, read, limit, cancelled, { maySend, desperate });
      if (!outcome.ok && outcome.cause === 'breaker_open') passedOver.add(id);
      return outcome;
    };
    // Asked only once the breaker has let the attempt through: passing over a server costs nothing.
    const maySend = () => {
      if (sent >= maxAttempts || (sent > 0 && !budget.spend())) return false;
      sent += 1;
      return true;
    };

    try {
      for (;;) {
        if (canStart()) start();
        if (running.size === 0) {
          if (desperate || sent >= maxAttempts)
            return last ?? failure('breaker_open', 'no authentication server can be asked');
          desperate = true;
          visits = 0;
          for (const id of passedOver) tried.delete(id);
          continue;
        }
        const outcome = await firstOf(running, canStart() ? hedgeAfterMs : undefined);
        if (outcome === 'slow' || outcome === undefined) continue;
        if (outcome.ok) return outcome;
        if (last === undefined || !local.has(outcome.cause)) last = outcome;
      }
    } finally {
      losers.abort();
    }
  }

  /** An endpoint of the server that was not tried in this call and may be; `undefined` when all were. */
  async function choose(
    server: string,
    tried: ReadonlySet<string>,
    limit: Deadline,
    desperate: boolean,
  ): Promise<Asked<Endpoint> | undefined> {
    const address = parseServerAddress(server);
    if (address === undefined) return failure('invalid_address', `${server} is not an address`);
    const resolved = await within(limit, 'resolving', () => resolver.resolve(address, limit)).catch(
      (error: unknown) => exceeded(error, server),
    );
    if (!resolved.ok) return resolved;
    const untried = resolved.endpoints.filter((endpoint) => !tried.has(endpointId(endpoint)));
    if (untried.length === 0) return undefined;
    const free = untried.find((endpoint) => gateOf(endpoint).admits(desperate));
    return free === undefined
      ? failure('breaker_open', `${server} is known to be out`)
      : { ok: true, value: free };
  }

  async function attempt<T>(
    endpoint: Endpoint,
    question: Question,
    read: Reading<T>,
    limit: Deadline,
    cancelled: AbortSignal,
    { maySend, desperate }: { maySend: () => boolean; desperate: boolean },
  ): Promise<Asked<T>> {
    const { attemptTimeoutMs, hedgeAfterMs } = settings();
    const startedAt = performance.now();
    const gate = gateOf(endpoint);
    const outcome = await gate.pass(
      async (): Promise<Asked<T>> => {
        if (!maySend()) return failure('busy', 'the call has had its attempts, or the retry budget is spent');
        const own = Deadline.in(attemptTimeoutMs, limit);
        const answer = await within(own, endpoint.name, (late) =>
          transport.exchange(endpoint, question, AbortSignal.any([late, cancelled])),
        ).catch((error: unknown) => exceeded(error, endpointId(endpoint)));
        return answer.ok ? read(answer) : answer;
      },
      ({ cause }) => {
        // Beaten by another server is no fault, unless it had its time and was slow.
        if (cause === 'cancelled') return performance.now() - startedAt >= hedgeAfterMs;
        return cause !== 'server_unavailable' && cause !== 'busy';
      },
      desperate,
    );
    // It is back: what was held against it is forgotten.
    if (outcome.ok && desperate) gates.delete(endpointId(endpoint));
    onAttempt(outcome.ok ? 'answered' : outcome.cause);
    return outcome;
  }

  function gateOf(endpoint: Endpoint): EndpointGate {
    const id = endpointId(endpoint);
    const gate = gates.get(id) ?? createEndpointGate(id);
    gates.set(id, gate);
    return gate;
  }

  return { ask };
}

/** The first to settle; `slow` when none has after `waitMs`. */
function firstOf<T>(running: ReadonlySet<Promise<T>>, waitMs: number | undefined): Promise<T | 'slow'> {
  if (waitMs === undefined) return Promise.race(running);
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<'slow'>((resolve) => {
    timer = setTimeout(() => resolve('slow'), waitMs);
  });
  return Promise.race([...running, slow]).finally(() => clearTimeout(timer));
}

function exceeded(error: unknown, what: string): Failure {
  if (error instanceof DeadlineExceeded) return failure('deadline', `${what}: no answer in time`);
  throw error;
}

function endpointId({ secure, ip, port, name }: Endpoint): string {
  return `${secure ? 'https' : 'http'}://${name}@${ip}:${port}`;
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
