import { isObject, parseJson } from './keys/key-set.ts';
import { failure, unexpectedStatus } from './transport/failure.ts';
import type { Reading } from './transport/servers.ts';
import type { Credentials, Issue } from './types.ts';

/** Reads an answer to the question for a token. */
export function readIssue(issuer: string): Reading<Issue> {
  return ({ status, body }) => {
    if (status === 401) return { ok: true, value: { ok: false, reason: 'bad_credentials' } };
    if (status !== 200) return unexpectedStatus(status);
    const document = parseJson(body);
    const {
      access_token: token,
      expires_in: expiresInSeconds,
      issuer: tokenIssuer,
    } = isObject(document) ? document : {};
    if (typeof token !== 'string' || typeof expiresInSeconds !== 'number') {
      return failure('wrong_answer', 'the answer is not a token');
    }
    if (tokenIssuer !== issuer) return failure('wrong_issuer', 'the token is of another issuer');
    return { ok: true, value: { ok: true, token, expiresInSeconds } };
  };
}

/** The header `Authorization` of somebody who asks for a token. */
export function basicOf({ consumerKey, consumerSecret }: Credentials): string {
  return `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
}
