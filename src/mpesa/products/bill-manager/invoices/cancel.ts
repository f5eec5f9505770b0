import type { DatabaseClient } from '../../../../platform/database/database.ts';
import { done } from '../answers.ts';
import { type BillDependencies, forBiller, Refused } from '../billers/for-biller.ts';
import type { Biller } from '../billers/rows.ts';
import { billErrors, unmoved } from '../errors.ts';
import { cancelInvoices, lockInvoices } from './rows.ts';

type Cancel = { readonly externalReference: string };

/** The spelling is the vendor's. */
const CANCELLED = { Status_Message: 'Invoice cancelled successfuly.', ...done, errors: [] };

/** `POST /v1/billmanager-invoice/cancel-single-invoice` */
export function cancelInvoice(deps: BillDependencies) {
  return forBiller<Cancel>(deps, async (client, biller, { externalReference }) => {
    const [[id] = [], [reason] = []] = await judged(client, biller, [externalReference]);
    if (id === undefined) throw new Refused(unmoved(reason?.error ?? billErrors.noInvoice));
    await cancelInvoices(client, [id], new Date(deps.clock.now()));
    return CANCELLED;
  });
}

/**
 * `POST /v1/billmanager-invoice/cancel-bulk-invoices`: all of them, or none, and `errors` says which could
 * not be; defaults taken.
 */
export function cancelBulk(deps: BillDependencies) {
  return forBiller<{ readonly bulk: readonly Cancel[] }>(deps, async (client, biller, { bulk }) => {
    const references = [...new Set(bulk.map(({ externalReference }) => externalReference))];
    const [ids, reasons] = await judged(client, biller, references);
    const [first] = reasons;
    if (first !== undefined) {
      const errors = reasons.map(({ externalReference, error }) => {
        return { externalReference, Status_Message: error.text };
      });
      throw new Refused(unmoved(first.error, errors));
    }
    await cancelInvoices(client, ids, new Date(deps.clock.now()));
    return CANCELLED;
  });
}

interface Reason {
  readonly externalReference: string;
  readonly error: typeof billErrors.noInvoice | typeof billErrors.paid;
}

/** Ids of invoices that may go, locked, and why the others may not. */
async function judged(
  client: DatabaseClient,
  biller: Biller,
  references: readonly string[],
): Promise<[ids: string[], reasons: Reason[]]> {
  const locked = await lockInvoices(client, biller, references);
  const byReference = new Map(locked.map((invoice) => [invoice.externalReference, invoice]));
  const ids: string[] = [];
  const reasons: Reason[] = [];
  for (const externalReference of references) {
    const invoice = byReference.get(externalReference);
    if (invoice === undefined) reasons.push({ externalReference, error: billErrors.noInvoice });
    else if (invoice.paidCents > 0n) reasons.push({ externalReference, error: billErrors.paid });
    else ids.push(invoice.id);
  }
  return [ids, reasons];
}
