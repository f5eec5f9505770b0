import type { Registry } from 'prom-client';
import { type AuthLibrary, createAuthClient } from '../../../auth/client/client.ts';
import type { AskedServers } from '../../../auth/client/transport/servers.ts';
import { clientFaultForm, refusalForm } from '../../../mpesa/api/unserved.ts';
import { operations } from '../../../mpesa/catalogue.ts';
import type { FaultBook } from '../../../mpesa/faults/book.ts';
import { registerMpesa } from '../../../mpesa/register.ts';
import { systemClock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import { newId } from '../../../platform/ids.ts';
import type { Log } from '../../../platform/log.ts';
import { createQuota } from '../../../serving/admission/quota.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../../../serving/server.ts';
import type { PlatformDocument } from '../../document/platform.ts';

export interface ApiParts {
  server: ApiServer;
  auth: AuthLibrary;
}

/** The API on what a document says; the same for an instance and for the taster that tries a document. */
export function buildApi(
  options: {
    document: () => PlatformDocument;
    database: Database;
    log: Log;
    registry: Registry;
    tokenSecrets: readonly string[];
    /** Where the authentication library keeps the last good keys. */
    seedPath?: string;
    onAuthServers?: (asked: AskedServers) => void;
    /** The app that no window of the quota ends for: of the instance's own probes, which ask all day. */
    spared?: () => string | undefined;
    /** Failures on demand, where they may be had. */
    faults?: FaultBook;
  } & Pick<ApiServerOptions, 'configVersion' | 'onOutcome' | 'changing'>,
): ApiParts {
  const {
    document,
    database,
    log,
    registry,
    tokenSecrets,
    seedPath,
    onAuthServers,
    spared,
    faults,
    ...serving
  } = options;
  const auth = createAuthClient({
    settings: () => document().auth,
    clock: systemClock,
    log,
    metrics: registry,
    tokenSecrets,
    ...(seedPath === undefined ? {} : { seedPath }),
    ...(onAuthServers === undefined ? {} : { onAsked: onAuthServers }),
  });
  const server = createApiServer({
    ...serving,
    operations,
    refusalForm,
    clientFaultForm,
    settings: () => document().serving,
    log,
    registry,
  });
  // For a probe that looks whether the shared port is served: no payment, and counted nowhere.
  server.fastify.get('/livez', { schema: { hide: true } }, async () => ({ live: true }));
  const quota = createQuota(() => document().serving.quota);
  registerMpesa(server.fastify, {
    database,
    auth,
    settings: () => document().mpesa,
    clock: systemClock,
    newId,
    log,
    ...(faults === undefined ? {} : { faults }),
    quota(appId, operation) {
      const verdict = quota.take(appId, operation);
      return verdict === 'quota' && appId === spared?.() ? 'ok' : verdict;
    },
  });
  return { server, auth };
}
