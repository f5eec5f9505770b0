import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONTENT_TYPE } from '../metrics/exposition.ts';
import type { ScrapeTarget } from '../metrics/scrape-targets.ts';
import { carries } from './token.ts';

export interface PrometheusRoutes {
  /** The page of the watch's own metrics. */
  readonly metrics: () => string;
  /** Where the instances that it knows have theirs. */
  readonly targets: () => readonly ScrapeTarget[];
}

/**
 * `GET /metrics`, and `GET /prometheus/targets` for `http_sd_configs`. Names of what is watched are not for
 * everybody, so it takes the token of beats, with which nothing can be ordered, or that of people. `false`:
 * it is another call.
 */
export function prometheusCall(
  request: IncomingMessage,
  response: ServerResponse,
  {
    prometheus,
    token,
    beatToken,
  }: { prometheus: PrometheusRoutes; token: string; beatToken?: string | undefined },
): boolean {
  const path = request.url?.split('?')[0];
  const isOurs = request.method === 'GET' && (path === '/metrics' || path === '/prometheus/targets');
  if (!isOurs) return false;
  const end = (status: number, type: string, text: string) =>
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
  const { authorization } = request.headers;
  const mayLook =
    carries(authorization, token) || (beatToken !== undefined && carries(authorization, beatToken));
  try {
    if (!mayLook)
      end(401, 'application/json', JSON.stringify({ error: 'the token is missing, or another one' }));
    else if (path === '/metrics') end(200, CONTENT_TYPE, prometheus.metrics());
    else end(200, 'application/json', JSON.stringify(prometheus.targets()));
  } catch (error) {
    end(500, 'application/json', JSON.stringify({ error: String(error) }));
  }
  return true;
}
