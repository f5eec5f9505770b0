import { Registry } from 'prom-client';
import type { BadValue } from '../../agent/taster/verdict.ts';
import type { ProductName } from '../../mpesa/catalogue.ts';
import { openDatabase } from '../../platform/database/database.ts';
import type { Deadline } from '../../platform/deadline.ts';
import { createLog } from '../../platform/log.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { isOffered } from '../document/offered.ts';
import type { PlatformDocument } from '../document/platform.ts';
import { ownUrl, readEnvironment, readTokenSecrets } from '../main/environment.ts';
import { buildApi } from '../roles/api/api-server.ts';
import { openCallbackSink } from '../synthetic/callbacks.ts';
import { createSyntheticClient, SyntheticFault } from '../synthetic/client.ts';
import { syntheticMerchant } from '../synthetic/merchant.ts';

const CONNECTIONS = 2;
/** A first fetch of keys that is refused is tried again by the library within this. */
const LOOK_AGAIN_MS = 20;
/** Enough at once to meet a limit that is next to nothing, few enough to be no load. */
const MERCHANTS = 4;
const PAYMENTS_EACH = 2;
const QUERIES_EACH = 2;
/** A limit below this is no small limit but a mistake. */
const LEAST = 2;

/**
 * Serves an API built on the document, in this process and for itself alone, and makes payments through it:
 * tokens of its own servers, pushes into the books of this environment, queries. What is switched off by the
 * document is left out. The pushes are settled by the workers that run, as any.
 */
export async function badServing(
  document: PlatformDocument,
  deadline: Deadline,
): Promise<BadValue | undefined> {
  const env = readEnvironment();
  const database = openDatabase({ url: env.databaseUrl, name: 'taste', maxConnections: CONNECTIONS });
  // Right after its start an instance takes on less; what it takes on once it is warm is what counts here.
  const warm = { ...document, serving: { ...document.serving, slowStartMs: 0 } };
  const { server, auth } = buildApi({
    document: () => warm,
    database,
    log: createLog('taste'),
    registry: new Registry(),
    tokenSecrets: readTokenSecrets(env),
    configVersion: () => 'taste',
  });
  const sink = await openCallbackSink(env);
  const direct = await server.listenByItself(env.host);
  const merchant = await syntheticMerchant(env.home);
  const clients = Array.from({ length: MERCHANTS }, () =>
    createSyntheticClient({
      api: ownUrl(env, direct),
      merchant,
      callbackUrl: sink.url,
      rules: () => document.mpesa.stk,
    }),
  );
  // An app that may do little at once is tried with little, which still shows one that may do next to
  // nothing.
  const { spikeBurst, quotaRequests } = document.serving.quota;
  const merchants = clients.slice(
    0,
    Math.max(LEAST, Math.floor(Math.min(spikeBurst, quotaRequests) / (PAYMENTS_EACH * QUERIES_EACH))),
  );
  const offers = (product: ProductName) => isOffered(document, product);

  try {
    const ready = await lookUntil(() => auth.ready() || undefined, { everyMs: LOOK_AGAIN_MS, deadline });
    if (!ready) return { key: 'auth.servers', cause: 'no keys to verify tokens with came in time' };
    if (!offers('oauth')) return undefined;
    await Promise.all(
      merchants.map(async (client) => {
        await client.authenticate(deadline);
        for (let each = 0; each < PAYMENTS_EACH && offers('stk'); each++) {
          const checkout = await client.push(deadline);
          for (let ask = 0; ask < QUERIES_EACH && offers('stk-query'); ask++)
            await client.query(checkout, deadline);
        }
      }),
    );
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const what = error instanceof SyntheticFault || deadline.passed ? 'a synthetic payment' : 'the API';
    return { key: 'serving', cause: `${what} does not work with it: ${cause}` };
  }
}
