import type { EndedRequest } from '../../requests/types.ts';
import type { Ending, OwnForm } from '../../results/envelope.ts';

/**
 * The callback: flat, every value a text, without an envelope, and with other names for a success than for a
 * failure. The page's samples of a success and of 4001 have it so; the other failures have the form of 4001.
 */
export const expressForm: OwnForm = { body };

function body({ details, conversationId }: EndedRequest, { result, receipt }: Ending): object {
  const resultCode = String(result.code);
  const asked = { amount: shillings(details.amountCents), requestId: details.requestRef };
  if (receipt === undefined)
    return { resultCode, resultDesc: result.callback, ...asked, paymentReference: details.AccountReference };
  return {
    resultCode,
    resultDesc: result.callback,
    ...asked,
    resultType: '0',
    conversationID: conversationId,
    transactionId: receipt,
    status: 'SUCCESS',
  };
}

/** `71.0` */
function shillings(cents = '0'): string {
  return `${BigInt(cents) / 100n}.0`;
}
