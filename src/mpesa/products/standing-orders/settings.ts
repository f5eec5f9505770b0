import type { Static } from 'typebox';
import { builtIn, milliseconds, oneOf, section } from '../../../platform/settings.ts';
import { callbackUrlSettings } from '../../fields/callback-url.ts';
import { datedTariff } from '../../parties/charges/tariff.ts';

export const standingOrderSettings = section(
  {
    // Open: two copies of the page do not count alike. Default taken: that of eight.
    frequencies: builtIn(
      'eight',
      oneOf(
        ['eight', 'nine'],
        '`Frequency`: `eight` has 4 monthly, 5 bi-monthly, 6 quarterly, 7 half-yearly, 8 yearly; `nine` puts 4 bi-weekly before them.',
      ),
    ),
    // Open: the acknowledgement is written `ResponseHeader`; an SDK reads the callback so too.
    callbackCase: builtIn(
      'lower',
      oneOf(['lower', 'upper'], 'Whether a callback is written `responseHeader` or `ResponseHeader`.'),
    ),
    promptLifetimeMs: builtIn(60_000, milliseconds('How long an order waits for its customer.', 1_000)),
    // No tariff was found.
    tariffs: datedTariff('What a payment of a standing order costs the merchant, out of Charges Paid.'),
    callbackUrl: callbackUrlSettings('Which CallBackURLs are accepted.'),
  },
  'Ratiba: standing orders.',
);

export type StandingOrderSettings = Static<typeof standingOrderSettings>;
