import { systemClock } from '../../platform/clock.ts';
import { type Deadline, DeadlineExceeded, within } from '../../platform/deadline.ts';
import { paths } from '../wire.ts';
import { basicOf, readIssue } from './issue.ts';
import { type KnownKeys, parseKeys } from './keys/key-set.ts';
import { createVerifier } from './keys/verifier.ts';
import type { AuthClientSettings } from './settings.ts';
import { parseServerAddress } from './transport/address.ts';
import { createTransport, type Question } from './transport/exchange.ts';
import type { Asked } from './transport/failure.ts';
import { type Failure, failure, unexpectedStatus } from './transport/failure.ts';
import { createResolver } from './transport/resolver.ts';
import type { Reading } from './transport/servers.ts';
import type { Credentials } from './types.ts';

/** `published`: the keys of each endpoint that answered. */
export type ServerCheck =
  | { ok: true; published: readonly [KnownKeys, ...KnownKeys[]]; tookMs: number }
  | Failure;

/**
 * Tries one address of `settings.servers` from here, once, with nothing remembered: resolves it, connects,
 * speaks TLS, fetches the keys and validates them. Good when an endpoint of it publishes keys of the issuer;
 * otherwise the first failure, which names the cause. Never later than the deadline.
 */
export async function checkAuthServer(
  address: string,
  settings: AuthClientSettings,
  deadline: Deadline,
): Promise<ServerCheck> {
  const startedAt = performance.now();
  const read: Reading<KnownKeys> = ({ status, body }) => {
    if (status !== 200) return unexpectedStatus(status);
    const parsed = parseKeys(body, settings.issuer, systemClock.now());
    return parsed.ok ? { ok: true, value: parsed.keys } : parsed;
  };
  const outcomes = await askEach(address, settings, { method: 'GET', path: paths.keys }, read, deadline);
  const [first, ...others] = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  if (first === undefined) return firstFailure(address, outcomes);
  return { ok: true, published: [first, ...others], tookMs: Math.round(performance.now() - startedAt) };
}

/** What tokens are tried with: whose they are, and what they must verify under. */
export interface TokenTrial {
  credentials: Credentials;
  keys: KnownKeys;
  tokenSecrets: readonly string[];
}

/**
 * Has the servers at one address issue a token each, and verifies it as the library does: the keys may be the
 * right ones and the token secret another. An endpoint whose token does not verify fails the address; of
 * those that fail otherwise, one that works is enough.
 */
export async function checkTokens(
  address: string,
  settings: AuthClientSettings,
  { credentials, keys, tokenSecrets }: TokenTrial,
  deadline: Deadline,
): Promise<{ ok: true } | Failure> {
  const verify = createVerifier({
    settings: () => settings,
    clock: systemClock,
    keys: {
      get: (id) => keys.get(id),
      ofGeneration: (wanted) => [...keys.values()].filter(({ generation }) => generation === wanted),
      find: async () => 'unknown',
    },
    revocations: { has: () => false },
    tokenSecrets,
  });
  const question: Question = {
    method: 'POST',
    path: paths.token,
    headers: { authorization: basicOf(credentials) },
  };
  const issued = await askEach(address, settings, question, readIssue(settings.issuer), deadline);
  const outcomes = await Promise.all(
    issued.map(async (asked): Promise<Asked<true>> => {
      if (!asked.ok) return asked;
      if (!asked.value.ok)
        return failure('unknown_client', `no token for ${credentials.consumerKey}: ${asked.value.reason}`);
      const verified = await verify(asked.value.token, deadline);
      if (verified.ok) return { ok: true, value: true };
      return failure('foreign_token', `a token of it does not verify: ${verified.reason}`);
    }),
  );
  const foreign = outcomes.find((outcome) => !outcome.ok && outcome.cause === 'foreign_token');
  if (foreign !== undefined && !foreign.ok) return foreign;
  return outcomes.some(({ ok }) => ok) ? { ok: true } : firstFailure(address, outcomes);
}

/** One question to every endpoint of an address; one outcome, a failure, where it has none. */
async function askEach<T>(
  text: string,
  settings: AuthClientSettings,
  question: Question,
  read: Reading<T>,
  deadline: Deadline,
): Promise<readonly Asked<T>[]> {
  const address = parseServerAddress(text);
  if (address === undefined) return [failure('invalid_address', `${text} is not an address of a server`)];
  const transport = createTransport({ settings: () => settings });
  const resolver = createResolver({ settings: () => settings, clock: systemClock });
  try {
    return await within(deadline, 'check', async (signal) => {
      const resolved = await resolver.resolve(address, deadline);
      if (!resolved.ok) return [resolved];
      // All at once: a silent endpoint must not use up the time of the others.
      return await Promise.all(
        resolved.endpoints.map(async (endpoint) => {
          const answer = await transport.exchange(endpoint, question, signal);
          return answer.ok ? read(answer) : answer;
        }),
      );
    });
  } catch (error) {
    if (error instanceof DeadlineExceeded) return [failure('deadline', `${text}: no answer in time`)];
    throw error;
  } finally {
    transport.close();
  }
}

function firstFailure(address: string, outcomes: readonly Asked<unknown>[]): Failure {
  const failed = outcomes.find((outcome) => !outcome.ok);
  return failed !== undefined && !failed.ok
    ? failed
    : failure('name_not_found', `${address} has no endpoint`);
}
