import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DatabaseClient, inTransaction } from '../../../../platform/database/database.ts';
import { within } from '../../../../platform/deadline.ts';
import type { Refusal } from '../../../../serving/types.ts';
import type { ProductDependencies } from '../../../api/define-product.ts';
import { ownRefusal } from '../../../api/errors/forms.ts';
import { orInternal, sendAnswer } from '../../../api/look-up.ts';
import { deadlineOf, sendRefusal } from '../../../api/request.ts';
import type { ApiSettings } from '../../../api/settings.ts';
import { billErrors } from '../errors.ts';
import type { Ruled } from '../settings.ts';
import { askingOf, type Biller, billerOf } from './rows.ts';

export type BillDependencies = ProductDependencies<ApiSettings & Ruled>;

/** Thrown inside the transaction, which then leaves nothing behind. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super('refused');
    this.refusal = refusal;
  }
}

/**
 * An operation that a biller asks, in one transaction: all of it is done, or nothing. `work` gives the answer
 * of status 200, or throws `Refused`.
 */
export function forBiller<Fields>(
  deps: BillDependencies,
  work: (client: DatabaseClient, biller: Biller, read: Fields) => Promise<object>,
) {
  const { database, settings } = deps;
  return (read: Fields, request: FastifyRequest, reply: FastifyReply) =>
    orInternal(reply, 'billManager', deps, async () => {
      try {
        const answer = await within(deadlineOf(request), 'bills', () =>
          inTransaction(database, async (client) => {
            const biller = await billerOf(client, askingOf(request), settings());
            if (biller === undefined) throw new Refused(ownRefusal(billErrors.notABiller));
            return work(client, biller, read);
          }),
        );
        return sendAnswer(reply, answer);
      } catch (error) {
        if (error instanceof Refused) return sendRefusal(reply, error.refusal);
        throw error;
      }
    });
}
