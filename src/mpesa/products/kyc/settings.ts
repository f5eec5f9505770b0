import type { Static } from 'typebox';
import { builtIn, oneOf, section } from '../../../platform/settings.ts';

export const kycSettings = section(
  {
    // Open: SDKs alone tell of the answer, and do not agree on its type. Default taken: JSON's own.
    matchAs: builtIn('boolean', oneOf(['boolean', 'text'], 'Whether `match` is `true` or `"TRUE"`.')),
  },
  'Mobile number validation.',
);

export type KycSettings = Static<typeof kycSettings>;
