import { callbackUrl } from '../../mpesa/fields/callback-url.ts';
import type { StkSettings } from '../../mpesa/products/stk-push/settings.ts';

/** What of a document decides which payments are good ones. */
export type PaymentRules = Pick<StkSettings, 'callbackUrl' | 'minAmountShillings' | 'maxAmountShillings'>;

const USUAL_SHILLINGS = 10;
/** Domains that never resolve (RFC 2606): what is accepted there reaches nobody. */
const NOWHERE = ['invalid', 'test', 'example'];
/** No list of forbidden words has all of these. */
const WORDS = ['synthetic', 'probe', 'imara', 'nobody', 'xyz', '777'];
const HTTPS = 443;

/** A small payment that the document allows: it is the document that is tried, not one amount. */
export function allowedShillings({ minAmountShillings, maxAmountShillings }: PaymentRules): number {
  return Math.max(minAmountShillings, Math.min(USUAL_SHILLINGS, maxAmountShillings));
}

/**
 * `wished`, or another address that the document accepts; `undefined`: it accepts none. Callbacks to another
 * one reach nobody, and are given up as the delivery policy says.
 */
export function allowedCallback(wished: string, { callbackUrl: rules }: PaymentRules): string | undefined {
  const ports = [HTTPS, ...rules.allowedPorts];
  const others = NOWHERE.flatMap((domain) =>
    WORDS.flatMap((word) =>
      ports.map((port) => `https://${word}.${domain}${port === HTTPS ? '' : `:${port}`}/${word}`),
    ),
  );
  return [wished, ...others].find((url) => callbackUrl.read(url, rules) === url);
}
