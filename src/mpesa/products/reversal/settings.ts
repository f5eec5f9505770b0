import type { Static } from 'typebox';
import { section } from '../../../platform/settings.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { datedTariff } from '../../parties/charges/tariff.ts';

/** What a release decides about reversals. */
export const reversalSettings = section(
  { tariffs: datedTariff('What a reversal costs the organisation, out of Charges Paid.') },
  'Reversal: a payment of a customer goes back.',
);

export type ReversalSettings = ApiSettings & { readonly reversal: Static<typeof reversalSettings> };
