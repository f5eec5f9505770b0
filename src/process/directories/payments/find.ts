import { isSubscriber } from '../../../handset/number.ts';
import { notPaid } from '../../../mpesa/payments/find.ts';
import { findTransaction } from '../../../mpesa/transactions/find.ts';
import type { Database, DatabaseClient } from '../../../platform/database/database.ts';
import { listTaken, type Part, type TakenRow, takenBy } from './summary.ts';

export interface Found {
  part: Part;
  row: TakenRow;
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
/**
 * Of a phone: how many of the newest rows of each kind are looked through at most is up to the filter's
 * index.
 */
const ALL: readonly Part[] = ['push', 'request', 'payment'];

/** By its receipt, through the money that it moved: a push or payment, and a request. */
const PAID_AS = 'id = (select transfer_id from mpesa.transaction where receipt = $1)';
const PAID_FOR = 'conversation_id = (select conversation_id from mpesa.transaction where receipt = $1)';

/** By any of its names; a phone's is its newest. */
export async function findTaken(
  client: Database | DatabaseClient,
  named: string,
): Promise<Found | undefined> {
  if (isSubscriber(named)) {
    const [newest] = await listTaken(client, { phone: named, limit: 1, synthetic: true });
    return newest && byId(client, newest.id);
  }
  if (UUID.test(named)) return byId(client, named);
  const direct =
    (await by(client, 'push', 'checkout_request_id = $1', named)) ??
    (await by(client, 'push', PAID_AS, named)) ??
    (await by(client, 'request', 'conversation_id = $1', named)) ??
    (await by(client, 'request', PAID_FOR, named)) ??
    (await by(client, 'payment', PAID_AS, named)) ??
    (await by(client, 'payment', notPaid('$1'), named)) ??
    (await by(client, 'payment', 'conversation_id = $1', named));
  if (direct !== undefined) return direct;
  // What paid is found by the caller's own id too; what did not, by looking through the requests.
  const moved = await findTransaction(client, { conversationId: named });
  if (moved !== undefined && moved.conversationId !== named) return findTaken(client, moved.conversationId);
  return by(client, 'request', 'originator_conversation_id = $1', named);
}

async function byId(client: Database | DatabaseClient, id: string): Promise<Found | undefined> {
  for (const part of ALL) {
    const found = await by(client, part, 'id = $1::uuid', id);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function by(
  client: Database | DatabaseClient,
  part: Part,
  condition: string,
  value: string,
): Promise<Found | undefined> {
  const row = await takenBy(client, part, condition, value);
  return row && { part, row };
}
