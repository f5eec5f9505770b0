import type { FastifyReply, FastifyRequest } from 'fastify';
import { within } from '../../../platform/deadline.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { ratibaAnswer } from '../../api/errors/headed.ts';
import { orInternal } from '../../api/look-up.ts';
import { deadlineOf, sendJson, sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { eatDay } from '../../fields/times/east-africa-time.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { findParty } from '../../parties/party.ts';
import { isPayBill, type OrderRequest } from './request.ts';
import { insertOrder } from './rows.ts';
import type { StandingOrderSettings } from './settings.ts';

/** `POST /standingorder/v1/createStandingOrderExternal`: durable when it is acknowledged. */
export function createStandingOrder(
  deps: ProductDependencies<ApiSettings & { standingOrders: StandingOrderSettings }>,
) {
  const { database, settings, clock, newId } = deps;
  return (read: OrderRequest, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    orInternal(reply, 'ratiba', deps, async () => {
      const deadline = deadlineOf(request);
      const refuse = (field: string) => sendRefusal(reply, refusal('ratiba', 'invalidField', field));
      // A StartDate that is over is taken: samples have such. What was due before is not made up for.
      if (read.EndDate < read.StartDate || read.EndDate < eatDay(clock.now())) return refuse('EndDate');
      const paysBill = isPayBill(read);
      if ((read.ReceiverPartyIdentifierType === '4') !== paysBill)
        return refuse('ReceiverPartyIdentifierType');
      const party = await within(deadline, 'organisation', () => findParty(database, read.BusinessShortCode));
      if (party === undefined || (party.kind === 'paybill') !== paysBill) return refuse('BusinessShortCode');
      const id = newId();
      const ref = read.CustomStoId === '' ? requestId() : read.CustomStoId;
      await within(deadline, 'standing order', () =>
        insertOrder(database, {
          id,
          ref,
          appId: request.appId,
          read,
          acceptedAt: new Date(clock.now()),
          lifetimeMs: settings().standingOrders.promptLifetimeMs,
        }),
      );
      return sendJson(reply, 200, ratibaAnswer('200', ACCEPTED, DONE, ref));
    });
}

const ACCEPTED = 'Request accepted for processing';
const DONE = 'The service request is processed successfully.';
