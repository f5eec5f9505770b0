import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { claimedApp } from '../../auth/client/keys/claimed-app.ts';
import type { AuthClient, TokenClaims, Verification } from '../../auth/client/types.ts';
import { readBearer } from '../../platform/http/authorization.ts';
import type { Log } from '../../platform/log.ts';
import type { MpesaOperation } from '../catalogue.ts';
import type { AppProducts } from '../parties/app-products.ts';
import { refusal } from './errors/forms.ts';
import { deadlineOf, sendRefusal } from './request.ts';
import type { ApiSettings } from './settings.ts';

/** What an app may still send: `spike` is too much at once, `quota` too much in all. */
export type Quota = (appId: string, operation: MpesaOperation) => 'ok' | 'spike' | 'quota';

export interface BearerDependencies {
  auth: AuthClient;
  apps: Pick<AppProducts, 'mayAsk'>;
  settings: () => ApiSettings;
  log: Log;
  quota?: Quota | undefined;
}

/** Longest part of a token that an error repeats (the B2C family does). */
const MAX_ECHO = 200;

/**
 * The hook before an operation's body is read: checks the bearer token and writes `request.appId`. A bad
 * token gets the family's own error, one whose app lacks the product the gateway's. A token that nobody can
 * check now is not called bad: that is an internal error with `Retry-After`, because clients throw a token
 * away, or stop, when it is called invalid.
 */
export function requireBearer(operation: MpesaOperation, deps: BearerDependencies) {
  const { family } = operation;

  function unavailable(reply: FastifyReply): void {
    sendRefusal(reply, refusal(family, 'internal'), deps.settings().retryAfterSeconds);
  }

  function admit(
    request: FastifyRequest,
    reply: FastifyReply,
    claims: TokenClaims,
    done: HookHandlerDoneFunction,
  ): void {
    const { appId } = claims;
    request.appId = appId;
    // Before the quota, whose refusals are this app's too.
    request.isFrom(appId);
    const may = deps.apps.mayAsk(claims, operation.product);
    if (may !== 'yes') {
      if (may === 'unknown') unavailable(reply);
      else sendRefusal(reply, refusal(family, 'noProduct'));
      return;
    }
    const verdict = deps.quota?.(appId, operation) ?? 'ok';
    if (verdict !== 'ok') {
      sendRefusal(reply, refusal(family, verdict === 'spike' ? 'spikeArrest' : 'quota'));
    } else if (!request.enterApp(appId)) {
      sendRefusal(reply, refusal(family, 'busy'), deps.settings().retryAfterSeconds);
    } else {
      done();
    }
  }

  return (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    const token = readBearer(request.headers.authorization);
    if (token === undefined) {
      sendRefusal(reply, refusal(family, 'invalidToken'));
      return;
    }
    const decide = (verification: Verification): void => {
      if (verification.ok) {
        admit(request, reply, verification.claims, done);
      } else if (verification.reason === 'unavailable') {
        unavailable(reply);
      } else {
        // Only to tell callers apart: a release that refuses everybody's tokens must not look like one
        // client's mistake.
        const claimed = claimedApp(token);
        if (claimed !== undefined) request.isFrom(claimed);
        sendRefusal(reply, refusal(family, 'invalidToken', token.slice(0, MAX_ECHO)));
      }
    };
    request.stage = 'auth';
    const verification = deps.auth.verify(token, deadlineOf(request));
    if (!(verification instanceof Promise)) {
      decide(verification);
      return;
    }
    verification.then(decide, (error: unknown) => {
      deps.log.error({ err: error, operation: operation.path }, 'the token could not be checked');
      unavailable(reply);
    });
  };
}
