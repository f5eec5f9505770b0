import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import { newId } from '../../platform/ids.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { conversationId } from '../identifiers/conversation-ids.ts';
import { requestId } from '../identifiers/request-ids.ts';
import type { ResultCode } from '../results/codes.ts';
import { workerHint } from '../work-queue/hint.ts';
import { insertPayments } from './insert.ts';
import { PAYMENT_CHANNEL } from './settlement/run.ts';
import type { NewPayment } from './types.ts';

/** What is known of a payment so far. */
export interface PaymentSoFar {
  readonly id: string;
  readonly receipt: string | null;
  /** `null`: it has no result yet. */
  readonly resultCode: ResultCode | null;
  readonly resultDesc: string | null;
}

type Chosen = Pick<NewPayment, 'kind' | 'msisdn' | 'payee' | 'accountReference' | 'amountCents'>;

const LOOK_MS = 50;

/**
 * Takes payments that subscribers make on their phones, and looks after each until it has a result, or until
 * the deadline: a worker settles them, in another process.
 */
export function phonePayments({ database, clock }: { database: Database; clock: Clock }) {
  const hint = workerHint(database, PAYMENT_CHANNEL);
  return (chosen: Chosen, deadline: Deadline): Promise<PaymentSoFar> =>
    within(deadline, 'taking a payment', async () => {
      const nowMs = clock.now();
      const id = newId();
      const ids = { id, conversationId: conversationId(nowMs), originatorConversationId: requestId() };
      await insertPayments(database, [{ ...chosen, ...ids, source: 'phone' }], new Date(nowMs));
      hint();
      const withResult = async (): Promise<PaymentSoFar | undefined> => {
        const seen = await soFar(database, id);
        return seen.resultCode === null ? undefined : seen;
      };
      const look = { everyMs: LOOK_MS, deadline: Deadline.in(deadline.remainingMs() - 3 * LOOK_MS) };
      return (await lookUntil(withResult, look)) ?? soFar(database, id);
    });
}

async function soFar(database: Database, id: string): Promise<PaymentSoFar> {
  const { rows } = await database.query<PaymentSoFar>({
    name: 'payment_so_far',
    text: `select id, receipt, result_code as "resultCode", result_desc as "resultDesc"
      from mpesa.payment where id = $1`,
    values: [id],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`payment ${id} is gone`);
  return row;
}
