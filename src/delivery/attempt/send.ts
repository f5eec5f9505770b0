import { X509Certificate } from 'node:crypto';
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type Deadline, DeadlineExceeded, within } from '../../platform/deadline.ts';
import type { SendRules } from '../settings.ts';
import type { Callback, Outcome } from '../types.ts';
import { hasIdle, type KeptConnections } from './kept.ts';
import { resolveName } from './resolve.ts';
import { addressAllowed, checkUrl, type Target } from './target.ts';

/** More of an answer is not read: the connection is cut. */
const MAX_RESPONSE_BYTES = 64 * 1024;
/** As much of an answer is kept, for those who look into it; `Outcome` has the first of them. */
const KEPT_RESPONSE_BYTES = 4096;
const STORED_RESPONSE_BYTES = 1024;
const MAX_REASON_LENGTH = 300;

/** What is known of an attempt so far: enough to say how it ended, whenever it ends. */
interface Progress {
  doing: 'resolving its name' | 'connecting' | 'waiting for the answer';
  address: string | null;
  response: IncomingMessage | null;
  kept: Buffer[];
}

/** What is sent. Without a body it is asked for with GET. */
export type Message = Pick<Callback, 'url' | 'headers'> & { readonly body: string | null };

type Ending = Pick<Outcome, 'kind'> & { reason?: string };

/**
 * One attempt. Calls `ended` once, as soon as the outcome is known: for a 2xx that is its status line,
 * whatever its body does, so that the acknowledgement can be recorded at once. Resolves when no socket is
 * at work, at the latest at the deadline, with what was answered by then (its first 4 KiB), and rejects only
 * for a fault of ours (a setting that cannot be used), with `ended` not called.
 *
 * With `connections` one that was kept may be used. A receiver may close it just as we write to it, and then
 * nobody knows whether the callback arrived: it is sent again on a new one, as part of the same attempt.
 * Without, a connection serves one attempt.
 */
export async function send(
  callback: Message,
  rules: SendRules,
  deadline: Deadline,
  ended: (outcome: Outcome) => void,
  connections?: KeptConnections,
): Promise<Buffer> {
  const startedAt = performance.now();
  const progress: Progress = { doing: 'resolving its name', address: null, response: null, kept: [] };
  let known = false;
  const end = ({ kind, reason }: Ending) => {
    if (known) return;
    known = true;
    const rejected = kind === 'rejected';
    ended({
      kind,
      status: progress.response?.statusCode ?? null,
      address: progress.address,
      durationMs: Math.round(performance.now() - startedAt),
      reason: reason === undefined ? null : storable(reason).slice(0, MAX_REASON_LENGTH),
      response: rejected
        ? storable(Buffer.concat(progress.kept).toString('utf8', 0, STORED_RESPONSE_BYTES))
        : null,
      retryAfter: rejected ? (progress.response?.headers['retry-after'] ?? null) : null,
    });
  };
  try {
    await within(
      deadline,
      'callback',
      (signal) => attempt(callback, { rules, connections }, signal, progress, end),
      { hearFirst: true },
    );
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error;
    end(endAtDeadline(progress));
  }
  return Buffer.concat(progress.kept);
}

async function attempt(
  callback: Message,
  { rules, connections }: { rules: SendRules; connections: KeptConnections | undefined },
  signal: AbortSignal,
  progress: Progress,
  end: (ending: Ending) => void,
): Promise<void> {
  const verdict = checkUrl(callback.url, rules);
  if (!verdict.ok) return end({ kind: 'refused', reason: verdict.reason });
  const { target } = verdict;
  let agent = connections?.agentFor(target, rules);
  const over = (addresses: readonly string[]) => {
    const request = openRequest(target, { addresses, agent }, callback, rules, signal);
    return exchange(request, callback.body, signal, progress, end, addresses.length === 0);
  };
  if (agent !== undefined && hasIdle(agent, target)) {
    if ((await over([])) !== 'stale') return;
    agent = undefined;
  }
  progress.doing = 'resolving its name';
  const resolution = await resolveName(target.hostname, rules.dnsServers, signal);
  if (signal.aborted) return;
  if (resolution.kind !== 'found') return end({ kind: resolution.kind, reason: resolution.reason });
  // One bad address refuses all: a name that mixes them is made to slip through.
  const forbidden = resolution.addresses.find((address) => !addressAllowed(address, rules));
  if (forbidden !== undefined) {
    return end({ kind: 'refused', reason: `its address ${forbidden} is not public` });
  }
  progress.doing = 'connecting';
  // Another attempt's connection may have become free meanwhile, and be closed as this one is written.
  if ((await over(resolution.addresses)) !== 'stale') return;
  agent = undefined;
  await over(resolution.addresses);
}

/**
 * Connects to one of the checked addresses and to no other, with the name in `Host`, SNI and certificate
 * check.
 */
function openRequest(
  target: Target,
  { addresses, agent }: { addresses: readonly string[]; agent: Agent | undefined },
  { headers, body }: Message,
  { ca }: SendRules,
  signal: AbortSignal,
): ClientRequest {
  const options = {
    method: body === null ? 'GET' : 'POST',
    host: target.hostname,
    port: target.port,
    path: target.path,
    headers: {
      ...headers,
      ...(body !== null && {
        'Content-Type': 'application/json;charset=UTF-8',
        'Content-Length': Buffer.byteLength(body),
      }),
      ...(agent === undefined && { Connection: 'close' }),
    },
    // Never the global one: no shared queue, no proxy from the environment.
    agent: agent ?? false,
    lookup: answerWith(addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 1_000,
    signal,
  };
  if (target.protocol === 'http:') return httpRequest(options);
  const secureOptions = { ...options, secureContext: secureContextFor(ca) };
  return httpsRequest(secureOptions);
}

/**
 * Resolves when the connection is closed or free; `stale`: it had been kept, and was closed without an
 * answer. `keptOnly`: there is no other way than a kept one.
 */
function exchange(
  request: ClientRequest,
  body: string | null,
  signal: AbortSignal,
  progress: Progress,
  end: (ending: Ending) => void,
  keptOnly: boolean,
): Promise<'ended' | 'stale'> {
  return new Promise((resolve) => {
    let stale = false;
    request.on('socket', (socket) => {
      const connected = () => {
        progress.address = socket.remoteAddress ?? null;
        progress.doing = 'waiting for the answer';
      };
      if (request.reusedSocket) connected();
      else socket.once('connect', connected);
    });
    request.on('response', (response) => {
      progress.response = response;
      if (isSuccess(response)) end({ kind: 'delivered' });
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes < KEPT_RESPONSE_BYTES) progress.kept.push(chunk.subarray(0, KEPT_RESPONSE_BYTES - bytes));
        bytes += chunk.length;
        if (bytes > MAX_RESPONSE_BYTES) request.destroy();
      });
      // A broken body changes nothing: the status line has decided.
      response.on('error', () => {});
    });
    request.on('error', (error) => {
      if (signal.aborted || progress.response !== null) return;
      if (request.reusedSocket || keptOnly) stale = true;
      else end({ kind: 'connection', reason: describe(error) });
    });
    request.on('close', () => {
      if (signal.aborted) return resolve('ended');
      if (stale) return resolve('stale');
      if (progress.response === null) end({ kind: 'connection', reason: 'closed without an answer' });
      else end(rejection(progress.response));
      resolve('ended');
    });
    request.end(body ?? undefined);
  });
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function rejection({ statusCode, headers }: IncomingMessage): Ending {
  const to = headers.location === undefined ? '' : ` to ${headers.location}, not followed`;
  return { kind: 'rejected', reason: `HTTP ${statusCode}${to}` };
}

function endAtDeadline({ doing, response }: Progress): Ending {
  if (response !== null) return rejection(response);
  const reason = `deadline passed while ${doing}`;
  return { kind: doing === 'resolving its name' ? 'no_answer' : 'timeout', reason };
}

function answerWith(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_hostname, options, answer) => {
    const [first] = all;
    if (options.all === true || first === undefined) answer(null, all);
    else answer(null, first.address, first.family);
  };
}

let secureContext: { ca: string | null; context: SecureContext } | undefined;

/**
 * Reading the authorities costs milliseconds: done again only when the setting changes. Throws on a CA that
 * is none.
 */
function secureContextFor(ca: string | null): SecureContext {
  if (secureContext?.ca !== ca) {
    // A TLS context takes nonsense for "trust nobody": each receiver would seem to be at fault.
    if (ca !== null) new X509Certificate(ca);
    secureContext = { ca, context: createSecureContext(ca === null ? {} : { ca }) };
  }
  return secureContext.context;
}

/** When each address of a name fails, the error is an aggregate without a message of its own. */
function describe(error: Error): string {
  if (error instanceof AggregateError) {
    return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
  }
  return error.message;
}

/** PostgreSQL's text holds every character but NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}
