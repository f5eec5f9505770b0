import { productSettings } from '../serving/settings.ts';
import { ownUrl } from './environment.ts';
import { paymentProbe } from './probe-payments.ts';
import { type Role, type Root, runProcess } from './root.ts';
import { serveApi } from './serve-api.ts';
import { serveAuth } from './serve-auth.ts';
import { serveWorker } from './serve-worker.ts';
import { createSyntheticClient } from './synthetic.ts';
import { openCallbackSink } from './synthetic-callbacks.ts';
import { syntheticMerchant } from './synthetic-merchant.ts';

/**
 * The environment `testing` in one process: all roles, on a database of its own. While it tries a release it makes whole synthetic
 * payments through its own API; its agent signs a receipt for what they went through with.
 */
async function serveTesting(root: Root): Promise<Role> {
  const { env, trying, release } = root;
  const auth = await serveAuth({ ...root, env: { ...env, port: env.authPort } });
  const worker = await serveWorker(root);
  const api = await serveApi(root);
  const sink = await openCallbackSink(env);
  const client = createSyntheticClient({
    api: ownUrl(env, api.direct ?? 0),
    merchant: await syntheticMerchant(env.home),
    callbackUrl: sink.url,
  });
  const steps = paymentProbe(client, { ...root, changing: trying });
  return {
    async stop(signal) {
      await client.close();
      await api.stop(signal);
      await worker.stop(signal);
      await auth.stop(signal);
      sink.close();
    },
    ...(api.direct === undefined ? {} : { direct: api.direct }),
    async probe(deadline) {
      const { serving } = release().document;
      const offered = ['oauth', 'stk', 'stk-query'].every((name) => productSettings(serving, name).enabled);
      if (!trying() || !offered) return steps(deadline);
      await client.pay(deadline);
      return 'whole payment';
    },
  };
}

await runProcess(serveTesting);
