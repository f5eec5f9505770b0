import type { Receipt } from '../../../rollout/signed/receipt.ts';
import { type Signed, signerOf, type TrustedKey, type Verify } from '../../../rollout/signed/signed.ts';
import type { InstanceClaim } from '../../agents/registry.ts';
import type { Entry } from '../../store/journal.ts';
import { TESTING } from './events.ts';

/** R2: a receipt counts when the testing instance that sent it signed it with its own key. */
export function sortReceipts({
  claims,
  keys,
  verify,
  now,
}: {
  claims: readonly InstanceClaim[];
  keys: readonly TrustedKey[];
  verify: Verify;
  now: number;
}): { receipts: readonly Signed<Receipt>[]; notes: readonly Entry[] } {
  const receipts: Signed<Receipt>[] = [];
  const notes: Entry[] = [];
  for (const each of claims) {
    const { message } = each.numbered;
    if (message.type !== 'receipt') continue;
    const fault = receiptFault(each, message.receipt, keys, verify, now);
    if (fault === undefined) receipts.push(message.receipt);
    else {
      const { instance } = each;
      notes.push({
        at: now,
        actor: `instance:${instance}`,
        kind: 'receipt.invalid',
        subject: instance,
        data: { fault },
      });
    }
  }
  return { receipts, notes };
}

function receiptFault(
  { instance }: InstanceClaim,
  receipt: Signed<Receipt>,
  keys: readonly TrustedKey[],
  verify: Verify,
  now: number,
): string | undefined {
  const { body } = receipt;
  const key = signerOf(receipt, keys, verify);
  if (key?.role !== 'instance' || key.owner !== body.instance || body.instance !== instance)
    return 'it is not signed by that instance';
  if (key.environment !== TESTING || body.environment !== TESTING) return `it is not from ${TESTING}`;
  if (body.expiresAt <= now) return 'it has expired';
  if (body.verdict === 'passed' && body.payments === 0) return 'it saw no payment';
  return undefined;
}
