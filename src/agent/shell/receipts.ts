import { type Outcomes, tally } from '../../rollout/gate/gate.ts';
import { NOTHING, type Tally } from '../../rollout/gate/share.ts';
import { MOST_CAUSE, type Receipt } from '../../rollout/signed/receipt.ts';
import { type Signed, sign } from '../../rollout/signed/signed.ts';
import type { ReceiptIssue } from '../options.ts';

/** What a testing instance serves with at this moment, lent or for good. */
export interface Tested {
  readonly hash: string;
  readonly stretch: number;
  readonly lent: boolean;
  /** Synthetic payments of this stretch. */
  readonly probes: Outcomes;
  /** How many are enough, where fewer are than usual. */
  readonly enough?: number | undefined;
  /** What the last of them that was bad met with. */
  readonly fault?: string | undefined;
}

export interface Receipts {
  /** Whether a receipt waits for synthetic payments. */
  readonly due: boolean;
  /** A receipt, if one can be signed by now. */
  next(tested: Tested, now: number): Signed<Receipt> | undefined;
  /** Control has lost the receipts of what is in force: the next is due now. */
  signAgain(): void;
}

/**
 * R2: the receipts of one testing instance. A release that is lent passes after enough synthetic payments and
 * no bad one, and fails at the first bad one. What has passed is tried and signed again when half of a
 * receipt's time is over, and after a boot, so that production can be given it for as long as it is in force.
 * Trouble in testing does not fail it then: it is merely not signed again before enough payments in a row
 * went through.
 */
export function createReceipts(
  { service, environment, instance }: Pick<Receipt, 'service' | 'environment' | 'instance'>,
  { signer, payments, validMs }: ReceiptIssue,
): Receipts {
  let stretch: number | undefined;
  /** It is in force, or was passed here: bad payments do not fail it any more. */
  let trusted = false;
  let dueAt = 0;
  /** What had been paid when the count of payments for the next receipt began. */
  let before: Tally | undefined;
  let due = false;

  return {
    get due() {
      return due;
    },
    signAgain() {
      if (trusted) dueAt = Math.min(dueAt, 0);
    },
    next(tested, now) {
      const proved = !tested.lent;
      if (tested.stretch !== stretch || (proved && !trusted)) {
        stretch = tested.stretch;
        trusted = proved;
        dueAt = now;
        before = proved ? undefined : NOTHING;
      }
      due = now >= dueAt;
      if (!due) return undefined;
      const sum = tally(tested.probes);
      before ??= sum;
      const [good, bad] = [sum.good - before.good, sum.bad - before.bad];
      if (bad > 0 && trusted) before = sum;
      if (bad > 0 ? trusted : good < (tested.enough ?? payments)) return undefined;
      trusted = bad === 0;
      dueAt = trusted ? now + validMs / 2 : Number.POSITIVE_INFINITY;
      before = undefined;
      due = false;
      const verdict = trusted ? 'passed' : 'failed';
      const [issuedAt, expiresAt] = [now, now + validMs];
      return sign(
        {
          kind: 'imara.receipt/1',
          service,
          hash: tested.hash,
          environment,
          instance,
          verdict,
          payments: good,
          ...(trusted || tested.fault === undefined ? {} : { cause: tested.fault.slice(0, MOST_CAUSE) }),
          issuedAt,
          expiresAt,
        },
        signer,
      );
    },
  };
}
