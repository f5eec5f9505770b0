import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFaultBook } from '../../../mpesa/faults/book.ts';
import { systemClock } from '../../../platform/clock.ts';
import { Deadline } from '../../../platform/deadline.ts';
import type { ApiServerOptions } from '../../../serving/server.ts';
import { listenTls } from '../../../serving/tls.ts';
import { releaseLabel } from '../../installation/configuration.ts';
import { keySeedPath, ownUrl, readTokenSecrets } from '../../main/environment.ts';
import type { Role, Root } from '../../main/run-process.ts';
import { openCallbackSink } from '../../synthetic/callbacks.ts';
import { createSyntheticClient, type SyntheticClient } from '../../synthetic/client.ts';
import { syntheticMerchant } from '../../synthetic/merchant.ts';
import { connections } from '../connections.ts';
import { paymentProbe } from '../probes/probe-payments.ts';
import { warmUp } from '../probes/warm-up.ts';
import { buildApi } from './api-server.ts';
import { watchAuthServers } from './late-nack.ts';
import { mountPhones } from './phones.ts';

const DRAIN_MS = 10_000;

export interface ApiRole extends Role {
  /** The synthetic merchant's, at this instance's own listener. */
  client: SyntheticClient;
}

/** One instance of the API. Any number of them share a port. */
export async function serveApi(root: Root): Promise<ApiRole> {
  const { env, log, registry, health, release, changing } = root;
  const database = root.database(connections.api);
  let client: SyntheticClient | undefined;
  const { server, auth } = buildApi({
    document: () => release().document,
    database,
    log,
    registry,
    tokenSecrets: readTokenSecrets(env),
    seedPath: keySeedPath(env),
    configVersion: () => releaseLabel(release()),
    onOutcome: countRequest(root),
    changing,
    onAuthServers: watchAuthServers(root),
    spared: () => client?.app(),
    ...(mayHaveFaults(env) && { faults: openFaultBook({ database, clock: systemClock, log }) }),
  });
  root.counts.underWay(() => server.underWay());
  const phones = env.profile === 'local' ? await mountPhones(root, server.fastify, database) : undefined;
  // What is in the queue of the shared socket has tokens of keys that are on the disk (R8).
  await auth.loaded;
  root.takes();
  const direct = await server.listenByItself(env.host);
  const sink = await openCallbackSink(env);
  const own = createSyntheticClient({
    api: ownUrl(env, direct),
    merchant: await syntheticMerchant(env.home),
    callbackUrl: sink.url,
    rules: () => release().document.mpesa.stk,
  });
  client = own;
  const probe = paymentProbe(own, root);
  await warmUp(probe, log);
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
  // R8: keys on the disk do, however long the authentication servers are gone.
  health.check('token-keys', () =>
    auth.ready()
      ? { ready: true }
      : { ready: false, reason: 'no authentication server has published keys: no token can be verified' },
  );
  health.check('serving', () =>
    server.draining ? { ready: false, reason: 'it is draining' } : { ready: true },
  );

  async function stop(): Promise<void> {
    await own.close();
    const deadline = Deadline.in(DRAIN_MS);
    // What is left of it at the deadline is cut by `close`, as `drain` does with the rest.
    const overTlsEnded = Promise.race([overTls?.close(), sleep(DRAIN_MS, undefined, { ref: false })]);
    const [{ cut }] = await Promise.all([server.drain(deadline), overTlsEnded]);
    if (cut > 0) log.warn({ cut }, 'requests were cut at the end of the drain');
    await server.close();
    await phones?.close(deadline);
    await auth.close();
    sink.close();
  }

  return { stop, direct, probe, client: own };
}

/** What `testing` finds out about a release must be the release's. */
function mayHaveFaults({ allowsFaults, environment }: Root['env']): boolean {
  return allowsFaults && environment !== 'testing';
}

/**
 * Evidence of one request. What is refused by others' fault is neither good nor bad: its rate is compared,
 * and nothing else.
 */
function countRequest({ record, ended, counts }: Root): NonNullable<ApiServerOptions['onOutcome']> {
  return (outcome, label, { caller, connection, kind, product }) => {
    const from = { one: connection, group: caller, shared: true } as const;
    if (outcome !== 'refused') record(outcome, label, product);
    // Whoever is refused is answered all the same: it is no silence.
    if (outcome === 'refused') counts.count('good', label, product);
    if (outcome === 'refused') ended({ of: 'request', kind: kind ?? 'other', from }, label);
    else if (outcome === 'good' || outcome === 'slow') ended({ of: 'request', from }, label);
  };
}
