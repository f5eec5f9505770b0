import { generateKeyPairSync } from 'node:crypto';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { SignJWT } from 'jose';
import { generationOf, makeToken, tokenMacKey } from '../../src/auth/token.ts';
import { paths, type RevocationDocument, signedTypes, thumbprint } from '../../src/auth/wire.ts';
import { TOKEN_SECRET } from './auth-client.ts';

/** Tests tell keys apart by their generation, so no two may share one. */
const generations = new Set<number>();

/** A signing key as an authentication server has one. */
export function signingKey() {
  let { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kidOf = (key: typeof publicKey) => thumbprint(key.export({ format: 'jwk' }).x ?? '');
  while (generations.has(generationOf(kidOf(publicKey)))) {
    ({ publicKey, privateKey } = generateKeyPairSync('ed25519'));
  }
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const kid = thumbprint(x);
  generations.add(generationOf(kid));
  const jwk = { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' };
  const signed = (type: string, text: SignJWT) =>
    text.setProtectedHeader({ alg: 'EdDSA', typ: type, kid }).sign(privateKey);
  return {
    jwk,
    generation: generationOf(kid),
    /** Times in seconds since the epoch. */
    token({
      issuer = 'imara',
      app = '1',
      secret = TOKEN_SECRET,
      generation = generationOf(kid),
      issuedAt = Date.now() / 1_000,
      livesSeconds = 3_600,
    } = {}): string {
      const fields = {
        generation,
        appId: app,
        issuedAtMs: Math.floor(issuedAt * 1_000),
        lifetimeMinutes: livesSeconds / 60,
      };
      return makeToken(fields, tokenMacKey(secret, kid, issuer));
    },
    revocations: (list: RevocationDocument) =>
      signed(signedTypes.revocations, new SignJWT({ ...list }).setIssuer('imara')),
  };
}

export type TestKey = ReturnType<typeof signingKey>;

/**
 * An authentication server reduced to what a client sees of it, on a real socket: what it publishes can be
 * changed, and it counts what it was asked. `src/auth/server` has tests of its own; faults are easier to
 * arrange without its database.
 */
export async function startPublisher({
  keys,
  issuer = 'imara',
  tls,
}: {
  keys: TestKey[];
  issuer?: string;
  tls?: { key: string; cert: string };
}) {
  const asked = { token: 0, keys: 0, revocations: 0 };
  const published = {
    keys,
    revocations: { version: 0, tokens: [], apps: {} } as RevocationDocument,
    /** What tokens are made with; no text: nobody who asks is known. */
    secret: TOKEN_SECRET as string | undefined,
    /** So many of the next questions for a token find it busy. */
    busy: 0,
  };
  const listener: RequestListener = async (request, response) => {
    const [first] = published.keys;
    if (first === undefined) throw new Error('a publisher needs a key');
    if (request.url === paths.keys) {
      asked.keys += 1;
      const document = { issuer, keys: published.keys.map(({ jwk }) => jwk) };
      response.end(JSON.stringify(document));
    } else if (request.url === paths.revocations) {
      asked.revocations += 1;
      response.end(await first.revocations(published.revocations));
    } else {
      asked.token += 1;
      if (published.busy > 0) {
        published.busy -= 1;
        return response.writeHead(503).end();
      }
      const { secret } = published;
      if (secret === undefined) return response.writeHead(401).end();
      const token = first.token({ issuer, secret });
      response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3_599, issuer }));
    }
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  const url = await listening(server, tls === undefined ? 'http' : 'https');
  return { url, port: Number(new URL(url).port), asked, published, stop: () => stopped(server) };
}

async function listening(server: http.Server, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => stopped(server));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stopped(server: http.Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
