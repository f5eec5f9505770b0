import type { Static } from 'typebox';
import { builtIn, oneOf, section } from '../../../platform/settings.ts';

export const qrSettings = section(
  {
    // Open: the page shows an id, `AG_…`; SDKs read "00". Default taken: what SDKs read.
    responseCode: builtIn('00', oneOf(['00', 'conversation-id'], '`ResponseCode` of a code that was made.')),
  },
  'Dynamic QR.',
);

export type QrSettings = Static<typeof qrSettings>;
