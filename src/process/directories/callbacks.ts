import type { CallbackDirectory } from '../../control/merchants.ts';
import {
  type CallbackState,
  callbackStates,
  listCallbacks,
  resendCallback,
  showCallback,
} from '../../delivery/browse.ts';
import { SYNTHETIC_SHORT_CODE } from '../../mpesa/parties/synthetic.ts';
import { findPush } from '../../mpesa/products/stk-push/find.ts';
import { SHORT_CODE_HEADER } from '../../mpesa/products/stk-push/settlement/result.ts';
import { findRequest } from '../../mpesa/requests/find.ts';
import type { Database, DatabaseClient } from '../../platform/database.ts';

/** By the ids of a push, or the ConversationID of a request: one callback each. */
async function find(client: Database | DatabaseClient, named: string): Promise<string | undefined> {
  return (await findPush(client, named)) ?? (await findRequest(client, named));
}

const ofSyntheticPayments = { header: SHORT_CODE_HEADER, value: SYNTHETIC_SHORT_CODE };

/** What delivery knows of the callbacks, by the ids of payments and requests too, for control. */
export const callbackDirectory: CallbackDirectory = {
  states: callbackStates,
  async list(client, { state, host, payment, limit, synthetic }) {
    const id = payment === undefined ? undefined : await find(client, payment);
    if (payment !== undefined && id === undefined) return [];
    return listCallbacks(client, {
      limit,
      ...(state === undefined ? {} : { states: [state as CallbackState] }),
      ...(host === undefined ? {} : { host }),
      ...(id === undefined ? {} : { ids: [id] }),
      ...(synthetic ? {} : { without: ofSyntheticPayments }),
    });
  },
  async show(client, named) {
    const id = await find(client, named);
    return id === undefined ? undefined : showCallback(client, id);
  },
  async resend(client, named, now) {
    const id = await find(client, named);
    if (id === undefined) return { refused: 'not_found' };
    const resent = await resendCallback(client, id, new Date(now));
    return resent.ok ? { id } : { refused: resent.reason };
  },
};
