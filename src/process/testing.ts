import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadCredentials } from '../fleet/credentials.ts';
import { homeOf } from '../fleet/home.ts';
import { type Role, type Root, runProcess } from './root.ts';
import { serveApi } from './serve-api.ts';
import { serveAuth } from './serve-auth.ts';
import { serveWorker } from './serve-worker.ts';
import { createSyntheticPayments } from './synthetic.ts';

/**
 * The environment `testing` in one process: all roles, on a database of its own. While it tries a release it makes synthetic
 * payments through its own API; its agent signs a receipt for what they went through with.
 */
async function serveTesting(root: Root): Promise<Role> {
  const { env, trying } = root;
  const auth = await serveAuth({ ...root, env: { ...env, port: env.authPort } });
  const worker = await serveWorker(root);
  const api = await serveApi(root);
  const merchant = createServer((request, response) => {
    request.resume();
    response.end('{"ResultCode":0,"ResultDesc":"Accepted"}');
  });
  merchant.listen(0, env.host);
  await once(merchant, 'listening');
  const pay = createSyntheticPayments({
    api: `http://${env.host}:${env.port}`,
    credentials: await loadCredentials(homeOf(process.env), process.env),
    callbackUrl: `http://${env.host}:${portOf(merchant.address())}/callback`,
  });
  return {
    async stop(signal) {
      await api.stop(signal);
      await worker.stop(signal);
      await auth.stop(signal);
      merchant.closeAllConnections();
      merchant.close();
    },
    probe: (deadline) => (trying() ? pay(deadline) : (api.probe?.(deadline) ?? Promise.resolve(undefined))),
  };
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

await runProcess(serveTesting);
