import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

export const KEY = 'names-of-duka';
export const SECRET = 'Siri-ya-Duka-2026';

export interface AskedName {
  requestId: string;
  timestamp: string;
  accountNumber: string;
  shortcode: string;
}

/** `undefined`: nothing, it hangs. */
type SaysName = (question: AskedName) => { status: number; body: object } | undefined;

/** What a merchant says that knows the account. */
export const named = (question: AskedName, accountName: string) => ({
  status: 200,
  body: { ...question, accountName },
});

/** A merchant on a real socket that tells account names, to who has a token of it. */
export async function namingMerchant(says: SaysName) {
  const asked: AskedName[] = [];
  const good = new Set<string>();
  const tokens = { given: 0, areGood: true };
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const { authorization = '' } = request.headers;
    if (request.method === 'GET' && request.url === '/names/auth/v1/generate?grant_type=client_credentials') {
      const basic = `Basic ${Buffer.from(`${KEY}:${SECRET}`).toString('base64')}`;
      if (authorization !== basic) return answer(401, { errorMessage: 'Invalid credentials' });
      tokens.given += 1;
      const token = `token-${tokens.given}`;
      if (tokens.areGood) good.add(token);
      return answer(200, { access_token: token, expires_in: '3599' });
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method !== 'POST' || request.url !== '/names/c2b_hakikisha/v1/notify')
        return answer(404, {});
      const question = JSON.parse(Buffer.concat(chunks).toString());
      asked.push(question);
      if (!good.has(authorization.replace(/^Bearer /, '')))
        return answer(401, { requestId: question.requestId, errorMessage: 'Invalid token' });
      const said = says(question);
      if (said !== undefined) answer(said.status, said.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/names`,
    port,
    asked,
    tokens,
    /** None that was given is good any more. */
    revoke: () => good.clear(),
  };
}
