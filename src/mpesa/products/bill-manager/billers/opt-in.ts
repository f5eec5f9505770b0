import type { FastifyReply, FastifyRequest } from 'fastify';
import { within } from '../../../../platform/deadline.ts';
import type { ProductDependencies } from '../../../api/define-product.ts';
import { ownRefusal } from '../../../api/errors/forms.ts';
import { orInternal, sendAnswer } from '../../../api/look-up.ts';
import { deadlineOf, sendRefusal } from '../../../api/request.ts';
import type { ApiSettings } from '../../../api/settings.ts';
import { findParty } from '../../../parties/party.ts';
import { done } from '../answers.ts';
import { billErrors } from '../errors.ts';
import type { OptIn } from '../fields.ts';
import type { Ruled } from '../settings.ts';
import { askingOf, changeBiller, insertBiller } from './rows.ts';

type Dependencies = ProductDependencies<ApiSettings & Ruled>;

/** `POST /v1/billmanager-invoice/optin`: once for a short code, pay bill or till. */
export function optIn(deps: Dependencies) {
  const { database, clock } = deps;
  return (read: OptIn, request: FastifyRequest, reply: FastifyReply) =>
    orInternal(reply, 'billManager', deps, async () => {
      const deadline = deadlineOf(request);
      const party = await within(deadline, 'organisation', () => findParty(database, read.shortcode));
      if (party === undefined) return sendRefusal(reply, ownRefusal(billErrors.notABiller));
      const by = { appId: request.appId, now: new Date(clock.now()) };
      const appKey = await within(deadline, 'biller', () => insertBiller(database, read, by));
      if (appKey === undefined) return sendRefusal(reply, ownRefusal(billErrors.registered));
      return sendAnswer(reply, { app_key: appKey, ...done });
    });
}

/** `POST /v1/billmanager-invoice/change-optin-details` */
export function changeOptIn(deps: Dependencies) {
  const { database } = deps;
  return (read: OptIn, request: FastifyRequest, reply: FastifyReply) =>
    orInternal(reply, 'billManager', deps, async () => {
      const isChanged = await within(deadlineOf(request), 'biller', () =>
        changeBiller(database, read, askingOf(request)),
      );
      return isChanged ? sendAnswer(reply, done) : sendRefusal(reply, ownRefusal(billErrors.notABiller));
    });
}
