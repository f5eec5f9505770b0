import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthClient } from '../auth/client/types.ts';
import { within } from '../platform/deadline.ts';
import type { Log } from '../platform/log.ts';
import { gatewayError, refusal } from './errors.ts';
import { deadlineOf, sendJson, sendRefusal } from './request.ts';
import type { MpesaSettings } from './settings.ts';

export interface OauthDependencies {
  auth: AuthClient;
  settings: () => MpesaSettings;
  log: Log;
}

const invalidAuthentication = () => gatewayError(400, '400.008.01', 'Invalid Authentication passed');
const invalidGrantType = () => gatewayError(400, '400.008.02', 'Invalid grant type passed');

/**
 * `GET /oauth/v1/generate?grant_type=client_credentials` with the consumer's key and secret as Basic credentials. A
 * wrong secret is told as a wrong type of authentication is. Authentication servers that do not answer are an
 * internal error with `Retry-After`: the credentials are not blamed.
 */
export function generateToken({ auth, settings, log }: OauthDependencies) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const credentials = basicCredentials(request.headers.authorization);
    if (credentials === undefined) return sendRefusal(reply, invalidAuthentication());
    if (grantType(request.query) !== 'client_credentials') return sendRefusal(reply, invalidGrantType());

    const { expiresInAs, retryAfterSeconds } = settings();
    const deadline = deadlineOf(request);
    request.stage = 'auth';
    const issue = await within(deadline, 'token', () => auth.issue(credentials, deadline)).catch(
      (error: unknown) => {
        log.error({ err: error }, 'no token could be issued');
        return { ok: false, reason: 'unavailable' } as const;
      },
    );
    if (issue.ok) {
      const seconds = String(issue.expiresInSeconds);
      const expiresIn = expiresInAs === 'string' ? `"${seconds}"` : seconds;
      return sendJson(
        reply.header('cache-control', 'no-store'),
        200,
        `{"access_token":${JSON.stringify(issue.token)},"expires_in":${expiresIn}}`,
      );
    }
    return issue.reason === 'bad_credentials'
      ? sendRefusal(reply, invalidAuthentication())
      : sendRefusal(reply, refusal('stk', 'internal'), retryAfterSeconds);
  };
}

function basicCredentials(
  header: string | undefined,
): { consumerKey: string; consumerSecret: string } | undefined {
  if (header === undefined || header.slice(0, 6).toLowerCase() !== 'basic ') return undefined;
  const plain = Buffer.from(header.slice(6).trim(), 'base64').toString('utf8');
  const colon = plain.indexOf(':');
  if (colon < 1 || colon === plain.length - 1) return undefined;
  return { consumerKey: plain.slice(0, colon), consumerSecret: plain.slice(colon + 1) };
}

/** The query is an object of text, or of arrays where a name is repeated. */
function grantType(query: unknown): string | undefined {
  const value: unknown =
    typeof query === 'object' && query !== null && 'grant_type' in query ? query.grant_type : undefined;
  return typeof value === 'string' ? value.trim() : undefined;
}
