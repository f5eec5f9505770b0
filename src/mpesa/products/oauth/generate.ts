import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthClient, Credentials, Issue } from '../../../auth/client/types.ts';
import { Deadline, within } from '../../../platform/deadline.ts';
import { readBasic } from '../../../platform/http/plain-text.ts';
import { createBackoff } from '../../../platform/loop/backoff.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import { ownRefusal, refusal } from '../../api/errors/forms.ts';
import type { OwnError } from '../../api/errors/own-error.ts';
import { deadlineOf, sendJson, sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';

export const tokenErrors = {
  invalidAuthentication: {
    status: 400,
    code: '400.008.01',
    text: 'Invalid Authentication passed',
    blame: { fault: 'caller', kind: 'invalid_authentication' },
    cause: [
      'The scheme is not Basic, or key and secret are not those of an app that is enabled.',
      'Compare both with `npx imara up --show-secrets`.',
    ],
  },
  invalidGrantType: {
    status: 400,
    code: '400.008.02',
    text: 'Invalid grant type passed',
    blame: { fault: 'caller', kind: 'invalid_grant_type' },
    cause: ['`grant_type` is not exactly `client_credentials`.', 'Send it so, without blanks.'],
  },
} as const satisfies Record<string, OwnError>;

/**
 * `GET /oauth/v1/generate?grant_type=client_credentials` with the consumer's key and secret as Basic
 * credentials. A wrong secret gets the answer of a wrong type of authentication. Authentication servers that
 * do not answer are an internal error with `Retry-After`: the credentials are not blamed.
 */
export function generateToken({ auth, settings, log }: ProductDependencies<ApiSettings>) {
  return async (_read: object, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const credentials = basicCredentials(request.headers.authorization);
    if (credentials === undefined) return sendRefusal(reply, ownRefusal(tokenErrors.invalidAuthentication));
    request.isFrom(credentials.consumerKey);
    if (grantType(request.query) !== 'client_credentials')
      return sendRefusal(reply, ownRefusal(tokenErrors.invalidGrantType));

    const { expiresInAs, retryAfterSeconds } = settings();
    const deadline = deadlineOf(request);
    request.stage = 'auth';
    const issue = await within(deadline, 'token', () => issuedPatiently(auth, credentials, deadline)).catch(
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
      ? sendRefusal(reply, ownRefusal(tokenErrors.invalidAuthentication))
      : sendRefusal(reply, refusal('stk', 'internal'), retryAfterSeconds);
  };
}

/**
 * An authentication server that was killed is back within this: who asks meanwhile waits for it, in a place
 * of its product.
 */
const PATIENCE_MS = 3_000;
const FIRST_PAUSE_MS = 100;

async function issuedPatiently(
  auth: AuthClient,
  credentials: Credentials,
  deadline: Deadline,
): Promise<Issue> {
  const patience = Deadline.in(PATIENCE_MS, deadline);
  const backoff = createBackoff({ firstMs: FIRST_PAUSE_MS, mostMs: PATIENCE_MS });
  for (;;) {
    const issue = await auth.issue(credentials, deadline);
    const isOut = !issue.ok && issue.reason === 'unavailable';
    if (!isOut) return issue;
    const pauseMs = backoff.nextMs();
    if (patience.remainingMs() < pauseMs) return issue;
    await sleep(pauseMs);
  }
}

function basicCredentials(header: string | undefined): Credentials | undefined {
  const basic = readBasic(header);
  return basic && { consumerKey: basic.user, consumerSecret: basic.password };
}

/** The query is an object of text, or of arrays where a name is repeated. */
function grantType(query: unknown): string | undefined {
  const value: unknown =
    typeof query === 'object' && query !== null && 'grant_type' in query ? query.grant_type : undefined;
  return typeof value === 'string' ? value : undefined;
}
