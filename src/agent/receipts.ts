import type { Offer } from '../rollout/envelope.ts';
import type { Outcomes } from '../rollout/gate/gate.ts';
import { tally } from '../rollout/gate/gate.ts';
import type { Receipt } from '../rollout/receipt.ts';
import { type Signed, sign } from '../rollout/signed.ts';
import type { ReceiptIssue } from './options.ts';

/**
 * What a testing instance can say by now of the release that it is lent: passed after enough synthetic payments and no bad
 * one, failed at the first bad one; `undefined`: too early to tell.
 */
export function receiptFor(
  { environment, instance, release }: Offer,
  probes: Outcomes,
  { signer, payments, validMs }: ReceiptIssue,
  now: number,
): Signed<Receipt> | undefined {
  const { good, bad } = tally(probes);
  if (bad === 0 && good < payments) return undefined;
  return sign(
    {
      kind: 'imara.receipt/1',
      service: release.service,
      hash: release.hash,
      environment,
      instance,
      verdict: bad === 0 ? 'passed' : 'failed',
      payments: good,
      issuedAt: now,
      expiresAt: now + validMs,
    },
    signer,
  );
}
