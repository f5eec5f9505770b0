import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ProcessEnvironment } from '../main/environment.ts';

/** Where the callbacks of synthetic payments go. */
export interface CallbackSink {
  url: string;
  /** Whether what goes there arrives in this process. */
  own: boolean;
  close(): void;
}

const TAKEN = '{"ResultCode":0,"ResultDesc":"Accepted"}';
const LONGEST = 65_536;

/**
 * A receiver that says yes, on loopback. Where callbacks may not go to private addresses (the `server`
 * profile) it is `IMARA_SYNTHETIC_CALLBACK_URL`, which somebody has to serve: each must be answered with 2xx;
 * without it callbacks go to a name that never resolves, and are given up as the delivery policy says.
 * `received` is called with the body of each that arrives here.
 */
export async function openCallbackSink(
  { profile, environment, syntheticCallbackUrl }: ProcessEnvironment,
  received: (body: string) => void = () => {},
): Promise<CallbackSink> {
  if (syntheticCallbackUrl !== undefined) return { url: syntheticCallbackUrl, own: false, close() {} };
  if (profile === 'server' && environment !== 'testing')
    return { url: 'https://synthetic.invalid/callback', own: false, close() {} };
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      if (body.length < LONGEST) body += text;
    });
    request.on('end', () => received(body));
    response.setHeader('connection', 'close').end(TAKEN);
  });
  server.maxConnections = 64;
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    url: `http://127.0.0.1:${port}/callback`,
    own: true,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
