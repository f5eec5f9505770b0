import type { Static } from 'typebox';
import { builtIn, milliseconds, section } from '../../../platform/settings.ts';
import type { B2bSettings } from '../b2b/settings.ts';

export const b2bExpressSettings = section(
  {
    // No page says how long the screen waits.
    promptLifetimeMs: builtIn(
      60_000,
      milliseconds("How long the merchant's phone waits for an answer.", 1_000),
    ),
  },
  'B2B Express: a merchant is asked on its own phone. Amounts and charges are those of `mpesa.b2b`.',
);

export type B2bExpressSettings = B2bSettings & { readonly b2bExpress: Static<typeof b2bExpressSettings> };
