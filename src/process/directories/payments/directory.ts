import type { PaymentDirectory } from '../../../control/directories/payments.ts';
import { eventsOf } from './events.ts';
import { findTaken } from './find.ts';
import { impactOf } from './impact.ts';
import { changedSince, inText, listTaken } from './summary.ts';

/** What the API has taken, for control. */
export const paymentDirectory: PaymentDirectory = {
  list: async (client, query) => (await listTaken(client, query)).map(inText),
  changes: async (client, query) => (await changedSince(client, query)).map(inText),
  impact: impactOf,
  async show(client, named) {
    const found = await findTaken(client, named);
    if (found === undefined) return undefined;
    return { ...inText(found.row), events: await eventsOf(client, found) };
  },
};
