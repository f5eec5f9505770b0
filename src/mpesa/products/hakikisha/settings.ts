import type { Static } from 'typebox';
import { builtIn, flag, section } from '../../../platform/settings.ts';

export const hakikishaSettings = section(
  {
    // Open: the page shows the body of an error, not its HTTP status. Default taken: that of the body.
    errorsWithStatus200: builtIn(false, flag('A customer who is not known is told with HTTP 200.')),
  },
  'Hakikisha: whom a payment would reach.',
);

export type HakikishaSettings = Static<typeof hakikishaSettings>;
