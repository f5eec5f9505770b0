import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { answerInOwnForm } from '../platform/http/http-answers.ts';
import type { Counts } from './counts.ts';
import type { Health } from './readiness/health.ts';

export interface AdminServer {
  /** Returns the port; `port: 0` takes a free one. */
  listen(address: { host: string; port: number }): Promise<number>;
  close(): Promise<void>;
}

/**
 * `/livez` (it runs), `/readyz` (it has all it needs to do its work), `/routez` (requests may be sent to it:
 * what fails everywhere at once is no reason against it), `/counts` (for the watch: `counts.ts`) and
 * `/metrics`, on a port of their own, so that they are answered while the API refuses, drains or has no
 * connection left: no admission, no framework, and nothing that waits.
 */
export function createAdminServer({
  health,
  registry,
  counts,
}: {
  health: Health;
  registry: Registry;
  counts: Counts;
}): AdminServer {
  const server = createServer(
    {
      headersTimeout: 2_000,
      requestTimeout: 2_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET') return json(response, 405, { error: 'only GET' });
      if (path === '/livez') return json(response, 200, { live: true });
      if (path === '/readyz') {
        const readiness = health.readiness();
        return json(response, readiness.ready ? 200 : 503, readiness);
      }
      if (path === '/routez') {
        const routing = health.routing();
        return json(response, routing.ready ? 200 : 503, routing);
      }
      if (path === '/counts') return json(response, 200, counts.view());
      if (path === '/metrics') return void metrics(registry, response);
      return json(response, 404, { error: 'there are /livez, /readyz, /routez, /counts and /metrics' });
    },
  );
  answerInOwnForm(server, (_status, message) => JSON.stringify({ error: message }));
  server.maxConnections = 100;
  return {
    async listen({ host, port }) {
      server.listen({ host, port });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function metrics(registry: Registry, response: ServerResponse): Promise<void> {
  try {
    const text = await registry.metrics();
    response.writeHead(200, { 'Content-Type': registry.contentType });
    response.end(text);
  } catch (error) {
    json(response, 500, { error: `the metrics could not be collected: ${error}` });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
