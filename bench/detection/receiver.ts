import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Receiver {
  /** Base URL; the path says who sends. */
  readonly url: string;
  /** When `sender` first paged about this service, on the clock of `performance.now()`. */
  pagedAt(sender: string, service: string): number | undefined;
  close(): void;
}

/** Takes the webhooks of the watch and of Alertmanager, and notes when each first came. */
export async function startReceiver(): Promise<Receiver> {
  const first = new Map<string, number>();
  const server = createServer(async (incoming, response) => {
    const at = performance.now();
    const sender = incoming.url?.slice(1);
    const body = await json(incoming).catch(() => undefined);
    for (const service of pagedFor(body)) {
      const key = `${sender} ${service}`;
      if (!first.has(key)) first.set(key, at);
    }
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pagedAt: (sender, service) => first.get(`${sender} ${service}`),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Of the watch, what a page is about; of Alertmanager, the services of what fires. */
function pagedFor(body: unknown): string[] {
  const { what, alarm, alerts } = Object(body) as {
    what?: string;
    alarm?: { severity: string; subject: string; series: { service: string } | null };
    alerts?: { status: string; labels: Record<string, string> }[];
  };
  if (alarm !== undefined) {
    const isPage = alarm.severity === 'page' && (what === 'raised' || what === 'worsened');
    return isPage ? [alarm.series?.service ?? alarm.subject] : [];
  }
  return (alerts ?? []).flatMap(({ status, labels }) => (status === 'firing' ? [labels.service ?? ''] : []));
}
