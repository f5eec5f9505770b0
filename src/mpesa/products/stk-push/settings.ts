import type { Static } from 'typebox';
import { builtIn, count, flag, milliseconds, oneOf, section, shillings } from '../../../platform/settings.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { callbackUrlSettings } from '../../fields/callback-url.ts';
import { tariff } from '../../parties/charges/tariff.ts';

/** What a release decides about M-Pesa Express: its requests, its queries and its settlement. */
export const stkSettings = section(
  {
    strictLengths: builtIn(
      false,
      flag('Refuse an AccountReference over 12 and a TransactionDesc over 13 characters.'),
    ),
    promptLifetimeMs: builtIn(60_000, milliseconds('How long a push waits for its subscriber.', 1_000)),
    // The three shapes that were observed: `4999` in a normal answer, error 500.001.1001 with an empty text
    // and status 200, or the same code with "The transaction is being processed" and status 500.
    inFlightAnswer: builtIn(
      '4999',
      oneOf(['4999', 'empty_error', 'being_processed'], 'What a query says of a push without a result.'),
    ),
    callbackUrl: callbackUrlSettings('Which CallBackURLs are accepted.'),
    maxQueued: builtIn(
      2_000,
      count('Pushes of one process that wait to be written. Over it the API is busy.'),
    ),
    maxBatch: builtIn(256, count('Pushes written in one transaction.', 1, 5_000)),
    minAmountShillings: builtIn(1, shillings('Less is result 2.')),
    maxAmountShillings: builtIn(250_000, shillings('More is result 3.')),
    dailyLimitShillings: builtIn(
      500_000,
      shillings('What a customer may send on one day in East Africa; more is result 4.'),
    ),
    // The vendor's: 120,000.
    repeatedAmountWindowMs: builtIn(
      0,
      milliseconds('Same amount, customer and short code within it is result 17; 0: off.', 0),
    ),
    noAnswerCallbackAfterMs: builtIn(
      26_000,
      milliseconds('The callback of a push nobody answered leaves no earlier.', 0),
    ),
    balanceItem: builtIn(
      'without_value',
      oneOf(
        ['without_value', 'left_out', 'number'],
        'The item `Balance` in the callback of a payment: without a value, left out, or the new balance.',
      ),
    ),
    customerTariff: tariff('What a payment costs the customer: the first band that reaches it.'),
  },
  'M-Pesa Express (STK push).',
);

export type StkSettings = Static<typeof stkSettings>;

/** What the operations read: those of the push, and what the whole API has. */
export type StkApiSettings = ApiSettings & { readonly stk: StkSettings };
