import type { CallbackView } from '../../control/contract/resources/directories/merchants.ts';
import type { CallbackDirectory } from '../../control/directories/merchants.ts';
import {
  type CallbackSummary,
  listCallbacks,
  resendCallback,
  showCallback,
} from '../../delivery/outbox/browse.ts';
import { SYNTHETIC_SHORT_CODE } from '../../mpesa/parties/synthetic.ts';
import { findPayment } from '../../mpesa/payments/find.ts';
import { findBillCallback } from '../../mpesa/products/bill-manager/find.ts';
import { findPush } from '../../mpesa/products/stk-push/find.ts';
import { SHORT_CODE_HEADER } from '../../mpesa/products/stk-push/settlement/result.ts';
import { findRequest } from '../../mpesa/requests/find.ts';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/**
 * By the ids of a push, the ConversationID of a request, or the receipt of either or of a payment. A payment
 * may have two callbacks: one to its merchant, one to the merchant as a biller.
 */
async function findAll(client: Database | DatabaseClient, named: string): Promise<string[]> {
  const ids: string[] = [];
  for (const among of [findPush, findRequest, findPayment, findBillCallback]) {
    const id = await among(client, named);
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** The first of them that has a callback. */
async function find(client: Database | DatabaseClient, named: string): Promise<string | undefined> {
  const ids = await findAll(client, named);
  const told = await listCallbacks(client, { ids, limit: ids.length + 1 });
  return ids.find((id) => told.some((callback) => callback.id === id));
}

const ofSyntheticPayments = { header: SHORT_CODE_HEADER, value: SYNTHETIC_SHORT_CODE };

/** Its times as they are answered. */
function inText(callback: CallbackSummary): CallbackView {
  const { dueAt, createdAt, settledAt } = callback;
  return {
    ...callback,
    dueAt: dueAt.toISOString(),
    createdAt: createdAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
  };
}

/** What delivery knows of the callbacks, by the ids of payments and requests too, for control. */
export const callbackDirectory: CallbackDirectory = {
  async list(client, { state, host, payment, since, limit, synthetic }) {
    const ids = payment === undefined ? undefined : await findAll(client, payment);
    if (ids?.length === 0) return [];
    const found = await listCallbacks(client, {
      limit,
      ...(state === undefined ? {} : { states: [state] }),
      ...(host === undefined ? {} : { host }),
      ...(ids === undefined ? {} : { ids }),
      ...(since === undefined ? {} : { since: new Date(since) }),
      ...(synthetic ? {} : { without: ofSyntheticPayments }),
    });
    return found.map(inText);
  },
  async show(client, named) {
    const id = await find(client, named);
    const callback = id === undefined ? undefined : await showCallback(client, id);
    if (callback === undefined) return undefined;
    return {
      ...callback,
      ...inText(callback),
      log: callback.log.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() })),
    };
  },
  async resend(client, named, now) {
    const id = await find(client, named);
    if (id === undefined) return { refused: 'not_found' };
    const resent = await resendCallback(client, id, new Date(now));
    return resent.ok ? { id } : { refused: resent.reason };
  },
};
