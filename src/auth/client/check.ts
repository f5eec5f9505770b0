import { systemClock } from '../../platform/clock.ts';
import { type Deadline, DeadlineExceeded, within } from '../../platform/deadline.ts';
import { paths } from '../wire.ts';
import { parseServerAddress } from './address.ts';
import { createTransport, type Transport } from './exchange.ts';
import { type Failure, failure, unexpectedStatus } from './failure.ts';
import { parseKeys } from './key-set.ts';
import { createResolver, type Endpoint } from './resolver.ts';
import type { AuthClientSettings } from './settings.ts';

export type ServerCheck = { ok: true; endpoints: number; keys: number; tookMs: number } | Failure;

/**
 * Tries one address of `settings.servers` from here, once, with nothing remembered: resolves it, connects, speaks TLS,
 * fetches the keys and validates them. Good when an endpoint of it publishes keys of the issuer; otherwise the first
 * failure, which names the cause. Never later than the deadline.
 */
export async function checkAuthServer(
  address: string,
  settings: AuthClientSettings,
  deadline: Deadline,
): Promise<ServerCheck> {
  const startedAt = performance.now();
  const transport = createTransport({ settings: () => settings });
  try {
    const checked = await within(deadline, 'check', (signal) =>
      check(address, settings, transport, deadline, signal),
    );
    return checked.ok ? { ...checked, tookMs: Math.round(performance.now() - startedAt) } : checked;
  } catch (error) {
    if (error instanceof DeadlineExceeded) return failure('deadline', `${address}: no answer in time`);
    throw error;
  } finally {
    transport.close();
  }
}

async function check(
  text: string,
  settings: AuthClientSettings,
  transport: Transport,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<{ ok: true; endpoints: number; keys: number } | Failure> {
  const address = parseServerAddress(text);
  if (address === undefined) return failure('invalid_address', `${text} is not an address of a server`);
  const resolved = await createResolver({ settings: () => settings, clock: systemClock }).resolve(
    address,
    deadline,
  );
  if (!resolved.ok) return resolved;
  // All at once: a silent endpoint must not use up the time of the others.
  const outcomes = await Promise.all(
    resolved.endpoints.map((endpoint) => publishedKeys(endpoint, settings, transport, signal)),
  );
  const good = outcomes.filter((outcome) => outcome.ok);
  const failed = outcomes.find((outcome) => !outcome.ok);
  const [first] = good;
  if (first === undefined) return failed ?? failure('name_not_found', `${text} has no endpoint`);
  return { ok: true, endpoints: good.length, keys: first.keys };
}

async function publishedKeys(
  endpoint: Endpoint,
  settings: AuthClientSettings,
  transport: Transport,
  signal: AbortSignal,
): Promise<{ ok: true; keys: number } | Failure> {
  const answer = await transport.exchange(endpoint, { method: 'GET', path: paths.keys }, signal);
  if (!answer.ok) return answer;
  if (answer.status !== 200) return unexpectedStatus(answer.status);
  const parsed = parseKeys(answer.body, settings.issuer, systemClock.now());
  return parsed.ok ? { ok: true, keys: parsed.keys.size } : parsed;
}
