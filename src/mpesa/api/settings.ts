import type { Static } from 'typebox';
import { builtIn, oneOf, seconds, section } from '../../platform/settings.ts';
import { requestSettings } from '../requests/settings.ts';

/** What every product of the API may read; the sections of products stand beside it (`catalogue.ts`). */
export const apiSettings = section(
  {
    expiresInAs: builtIn(
      'string',
      oneOf(['string', 'number'], "The type of a token's `expires_in`: documents and recordings disagree."),
    ),
    requests: requestSettings,
    retryAfterSeconds: builtIn(5, seconds('`Retry-After` of an answer that says "not now".', 1, 3_600)),
  },
  'The M-Pesa API.',
);

export type ApiSettings = Static<typeof apiSettings>;
