import { isOffered } from '../document/offered.ts';
import { serveApi } from '../roles/api/serve-api.ts';
import { paymentProbe } from '../roles/probes/probe-payments.ts';
import { serveAuth } from '../roles/serve-auth.ts';
import { serveWorker } from '../roles/worker/serve-worker.ts';
import { type Role, type Root, runProcess } from './run-process.ts';

/**
 * The environment `testing` in one process: all roles, on a database of its own. While it tries a release it
 * makes whole synthetic payments through its own API; its agent signs a receipt for what they went through
 * with.
 */
async function serveTesting(root: Root): Promise<Role> {
  const { env, trying, isBrief, release } = root;
  const auth = await serveAuth({ ...root, env: { ...env, port: env.authPort } });
  const worker = await serveWorker(root);
  const api = await serveApi(root);
  const steps = paymentProbe(api.client, { ...root, changing: trying });
  return {
    async stop(signal) {
      await api.stop(signal);
      await worker.stop(signal);
      await auth.stop(signal);
    },
    ...(api.direct === undefined ? {} : { direct: api.direct }),
    async probe(deadline) {
      const { document } = release();
      const offered = (['oauth', 'stk', 'stk-query'] as const).every((name) => isOffered(document, name));
      if (!trying() || isBrief() || !offered) return steps(deadline);
      // What the API takes, and what a worker makes of it up to the callback.
      await Promise.all([api.client.pay(deadline), worker.payWhole(deadline)]);
      return 'whole payment';
    },
  };
}

await runProcess(serveTesting);
