import type { Static } from 'typebox';
import { builtIn, section, shillings } from '../../../platform/settings.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { datedTariff } from '../../parties/charges/tariff.ts';

/** What a release decides about payments to customers, to a Pochi too. */
export const b2cSettings = section(
  {
    minAmountShillings: builtIn(10, shillings('Less is result 2.')),
    maxAmountShillings: builtIn(250_000, shillings('More is result 3.')),
    // No trustworthy tariff of today was found.
    tariffs: datedTariff('What a payment costs the organisation, out of Charges Paid.'),
  },
  'B2C: an organisation pays customers.',
);

export type B2cSettings = ApiSettings & { readonly b2c: Static<typeof b2cSettings> };
