import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthClient } from '../auth/client/client.ts';
import { createPhones } from '../handset/phones.ts';
import { handsetRoutes } from '../handset/routes.ts';
import { findBalance } from '../ledger/accounts.ts';
import { accounts } from '../mpesa/accounts.ts';
import { clientFaultForm, refusalForm } from '../mpesa/errors.ts';
import { operations } from '../mpesa/operations.ts';
import { registerMpesa } from '../mpesa/register.ts';
import { systemClock } from '../platform/clock.ts';
import { Deadline } from '../platform/deadline.ts';
import { newId } from '../platform/ids.ts';
import { createQuota } from '../serving/quota.ts';
import { createApiServer } from '../serving/server.ts';
import { listenTls } from '../serving/tls.ts';
import { releaseLabel } from './configuration.ts';
import type { Role, Root } from './root.ts';

/** Connections of one process: accepting pushes takes up to three of them (`mpesa/stk/accept.ts`). */
const MAX_CONNECTIONS = 8;
const DRAIN_MS = 10_000;

/** A server that knows nobody of this name still answers, and that is what a probe asks. */
const NOBODY = { consumerKey: 'probe', consumerSecret: 'probe' };

/** One instance of the API. Any number of them share a port. */
export async function serveApi(root: Root): Promise<Role> {
  const { env, log, registry, health, release } = root;
  const database = root.database(MAX_CONNECTIONS);
  const auth = createAuthClient({
    settings: () => release().document.auth,
    clock: systemClock,
    log,
    metrics: registry,
    seedPath: join(env.home, 'keys', `${env.name}.json`),
  });
  const server = createApiServer({
    operations: Object.values(operations),
    refusalForm,
    clientFaultForm,
    settings: () => release().document.serving,
    log,
    registry,
    configVersion: () => releaseLabel(release()),
    onOutcome: root.record,
  });
  const quota = createQuota(() => release().document.serving.quota);
  registerMpesa(server.fastify, {
    database,
    auth,
    settings: () => release().document.mpesa,
    clock: systemClock,
    newId,
    log,
    quota: quota.take,
  });
  if (env.profile === 'local') await mountPhones(root, server.fastify, database);
  await server.listen(
    env.socketFd === undefined ? { host: env.host, port: env.port ?? 0, shared: true } : { fd: env.socketFd },
  );
  const overTls =
    env.tls &&
    (await listenTls(server.fastify.server, {
      ...(env.tls.socketFd === undefined ? { host: env.host, port: env.tls.port } : { fd: env.tls.socketFd }),
      certificate: readFileSync(env.tls.certificateFile, 'utf8'),
      key: readFileSync(env.tls.keyFile, 'utf8'),
      maxConnections: release().document.serving.limits.maxConnections,
    }));
  health.check('serving', () =>
    server.draining ? { ready: false, reason: 'it is draining' } : { ready: true },
  );

  async function stop(): Promise<void> {
    const deadline = Deadline.in(DRAIN_MS);
    // What is left of it at the deadline is cut by `close`, as `drain` does with the rest.
    const overTlsEnded = Promise.race([overTls?.close(), sleep(DRAIN_MS, undefined, { ref: false })]);
    const [{ cut }] = await Promise.all([server.drain(deadline), overTlsEnded]);
    if (cut > 0) log.warn({ cut }, 'requests were cut at the end of the drain');
    await server.close();
    await auth.close();
  }

  return {
    stop,
    async probe(deadline) {
      const [issued] = await Promise.all([auth.issue(NOBODY, deadline), database.query('select 1')]);
      return issued.ok || issued.reason === 'bad_credentials'
        ? undefined
        : 'no authentication server answers';
    },
  };
}

/** The simulated phones for people and tests: whoever reaches them answers for every subscriber, so on one machine alone. */
async function mountPhones(
  { release }: Root,
  fastify: ReturnType<typeof createApiServer>['fastify'],
  database: ReturnType<Root['database']>,
): Promise<void> {
  const phones = createPhones({
    database,
    settings: () => release().document.handset,
    clock: systemClock,
    balanceCents: async (msisdn) => (await findBalance(database, accounts.customer(msisdn)))?.availableCents,
  });
  await fastify.register(handsetRoutes(phones), { prefix: '/handset/v1' });
}
