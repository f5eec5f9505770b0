import type { Registry } from 'prom-client';
import type { Clock } from '../../platform/clock.ts';
import { type Deadline, DeadlineExceeded, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { paths } from '../wire.ts';
import { basicOf, readIssue } from './issue.ts';
import { createKeys } from './keys/keys.ts';
import { createRevocations } from './keys/revocations.ts';
import { type SeedStore, seedFile } from './keys/seed.ts';
import { createVerifier } from './keys/verifier.ts';
import { createAuthMetrics } from './metrics.ts';
import type { AuthClientSettings } from './settings.ts';
import { createTransport, type Transport } from './transport/exchange.ts';
import { createResolver, type Resolver } from './transport/resolver.ts';
import { type AskedServers, createServers } from './transport/servers.ts';
import type { AuthClient, Issue } from './types.ts';

export interface AuthLibrary extends AuthClient {
  /**
   * Settles when it has keys to verify with, or has found none on its disk: to be awaited before the first
   * request is taken.
   */
  loaded: Promise<void>;
  /** Whether it has keys to verify with: those of a day ago do. */
  ready(): boolean;
}

export interface AuthClientOptions {
  settings: () => AuthClientSettings;
  clock: Clock;
  log: Log;
  metrics?: Registry;
  /** Called with how each request to the servers went, the library's own ones too. */
  onAsked?: (asked: AskedServers) => void;
  /** The environment's token secret, of at least 16 characters; two while it is being replaced. */
  tokenSecrets: readonly string[];
  /** Where the last good keys are kept, so that a boot with every server gone can verify. */
  seedPath?: string;
  /** What reaches the world; replaced by tests that must not trust it. */
  outside?: { resolver?: Pick<Resolver, 'resolve'>; transport?: Transport; seed?: SeedStore };
}

/**
 * The library that cannot hang: no state of the authentication servers, of DNS or of the network slows or
 * fails the verification of a token whose key is known, and no call outlives its deadline. See
 * docs/explanation/auth-client.md.
 */
export function createAuthClient({
  settings,
  clock,
  log,
  metrics: registry,
  tokenSecrets,
  seedPath,
  onAsked,
  outside = {},
}: AuthClientOptions): AuthLibrary {
  const transport = outside.transport ?? createTransport({ settings });
  const resolver = outside.resolver ?? createResolver({ settings, clock });
  const seed = outside.seed ?? (seedPath === undefined ? undefined : seedFile(seedPath));
  const metrics = createAuthMetrics(registry, () => keys.ageSeconds());
  const servers = createServers({
    settings,
    resolver,
    transport,
    onAttempt: metrics.attempted,
    ...(onAsked === undefined ? {} : { onAsked }),
  });
  const keys = createKeys({ settings, clock, log, servers, seed });
  const revocations = createRevocations({ settings, log, servers, keys });
  const verifyToken = createVerifier({ settings, clock, keys, revocations, tokenSecrets });

  return {
    verify(token, deadline) {
      const result = verifyToken(token, deadline);
      if (!(result instanceof Promise)) {
        metrics.verified(result);
        return result;
      }
      return orUnavailable(deadline, 'verification', () => result).then((late) => {
        metrics.verified(late);
        return late;
      });
    },

    async issue(credentials, deadline) {
      const startedAt = performance.now();
      const result = await orUnavailable(deadline, 'token', async (): Promise<Issue> => {
        const headers = { authorization: basicOf(credentials) };
        const question = { method: 'POST', path: paths.token, headers } as const;
        const asked = await servers.ask(question, readIssue(settings().issuer), deadline);
        if (asked.ok) return asked.value;
        log.debug({ cause: asked.cause, detail: asked.detail }, 'no authentication server issued a token');
        return { ok: false, reason: 'unavailable' };
      });
      metrics.issued((performance.now() - startedAt) / 1_000);
      return result;
    },

    loaded: keys.loaded,
    ready: () => keys.ageSeconds() <= settings().keyStaleSeconds,

    async close() {
      keys.close();
      revocations.close();
      transport.close();
    },
  };
}

/** The outer race of every public call: it trusts nothing inside to keep the deadline. */
function orUnavailable<T>(
  deadline: Deadline,
  what: string,
  work: () => Promise<T>,
): Promise<T | { ok: false; reason: 'unavailable' }> {
  return within(deadline, what, work).catch((error: unknown) => {
    if (error instanceof DeadlineExceeded) return { ok: false, reason: 'unavailable' };
    throw error;
  });
}
