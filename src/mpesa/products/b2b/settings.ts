import type { Static } from 'typebox';
import { builtIn, section, shillings } from '../../../platform/settings.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { datedTariff } from '../../parties/charges/tariff.ts';

/** What a release decides about payments between organisations, tax too. */
export const b2bSettings = section(
  {
    minAmountShillings: builtIn(1, shillings('Less is result 2.')),
    // No page names a bound for organisations.
    maxAmountShillings: builtIn(50_000_000, shillings('More is result 3.')),
    tariffs: datedTariff('What a payment to another organisation costs, out of Charges Paid.'),
  },
  'B2B: an organisation pays another, or moves money between its own accounts.',
);

export type B2bSettings = ApiSettings & { readonly b2b: Static<typeof b2bSettings> };
