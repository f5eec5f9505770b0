import { type Static, Type } from 'typebox';
import { type Signed, signerOf, type TrustedKey, type Verify } from './signed.ts';

export const MOST_CAUSE = 500;

/** What an instance says of a release that it tasted, switched to and served synthetic payments with. */
export const ReceiptBody = Type.Object({
  kind: Type.Literal('imara.receipt/1'),
  service: Type.String(),
  hash: Type.String(),
  environment: Type.String(),
  instance: Type.String(),
  verdict: Type.Union([Type.Literal('passed'), Type.Literal('failed')]),
  /** Synthetic payments that went through. */
  payments: Type.Integer({ minimum: 0 }),
  /** Of "failed": what did not work, for people, without secrets. */
  cause: Type.Optional(Type.String({ maxLength: MOST_CAUSE })),
  /** Milliseconds since the epoch. */
  issuedAt: Type.Number(),
  expiresAt: Type.Number(),
});
export type Receipt = Static<typeof ReceiptBody>;

/** What receipts an instance wants to see before it takes a release. */
export interface ReceiptRule {
  readonly environment: string;
  /** From so many different instances. */
  readonly count: number;
}

export interface WantedReceipts {
  service: string;
  hash: string;
  rule: ReceiptRule;
  clockSkewMs: number;
}

export type ReceiptsChecked = { ok: true; instances: string[] } | { ok: false; cause: string };

/**
 * R2. Counts the instances of the wanted environment that signed, with a key of that environment and of their
 * own name, that this content passed. One valid "failed" outweighs them all.
 */
export function checkReceipts(
  receipts: readonly Signed<Receipt>[],
  wanted: WantedReceipts,
  keys: readonly TrustedKey[],
  verify: Verify,
  now: number,
): ReceiptsChecked {
  const passed = new Set<string>();
  const faults: string[] = [];
  for (const receipt of receipts) {
    const { instance, verdict, cause } = receipt.body;
    const fault = faultOf(receipt.body, signerOf(receipt, keys, verify), wanted, now);
    if (fault !== undefined) faults.push(`the receipt of ${instance} ${fault}`);
    else if (verdict === 'failed')
      return { ok: false, cause: `${instance} says that the release failed${because(cause)}` };
    else passed.add(instance);
  }
  const { count, environment } = wanted.rule;
  if (passed.size >= count) return { ok: true, instances: [...passed] };
  return {
    ok: false,
    cause: [`${passed.size} of ${count} valid receipts from ${environment}`, ...faults].join('; '),
  };
}

/** `: ` and the cause, where it was said. */
function because(cause: string | undefined): string {
  return cause === undefined ? '' : `: ${cause}`;
}

function faultOf(
  body: Receipt,
  key: TrustedKey | undefined,
  { service, hash, rule, clockSkewMs }: WantedReceipts,
  now: number,
): string | undefined {
  if (key?.role !== 'instance' || key.owner !== body.instance) return 'is not signed by that instance';
  if (key.environment !== rule.environment || body.environment !== rule.environment) {
    return `is not from ${rule.environment}`;
  }
  if (body.hash !== hash || body.service !== service) return 'is for another release';
  if (body.issuedAt > now + clockSkewMs) return 'is from the future';
  if (body.expiresAt <= now) return 'has expired';
  if (body.verdict === 'passed' && body.payments === 0) return 'saw no payment';
  return undefined;
}
