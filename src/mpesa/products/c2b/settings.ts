import type { Static } from 'typebox';
import { builtIn, milliseconds, oneOf, section } from '../../../platform/settings.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { callbackUrlSettings } from '../../fields/callback-url.ts';

/** The words that the vendor refuses in a registered URL, in any case. */
const FORBIDDEN_WORDS = ['mpesa', 'm-pesa', 'safaricom', 'exec', 'exe', 'cmd', 'sql', 'query'];

export const c2bSettings = section(
  {
    callbackUrl: callbackUrlSettings(
      'Which ConfirmationURLs and ValidationURLs are accepted.',
      FORBIDDEN_WORDS,
    ),
    registerAgain: builtIn(
      'refused',
      oneOf(
        ['refused', 'overwrites'],
        'A short code that has URLs registers again: as in production, or as in the sandbox.',
      ),
    ),
    // "About 8 seconds"; the deadlines of a worker's step and of its claims are longer.
    validationTimeoutMs: builtIn(
      8_000,
      milliseconds('What a merchant has to answer a validation in; then ResponseType decides.', 100, 12_000),
    ),
    // No source says how long the payer waits: a default taken.
    accountNameTimeoutMs: builtIn(
      4_000,
      milliseconds('What a merchant has to say whose an account is in, its token included.', 100, 10_000),
    ),
  },
  'C2B: payments that customers make by themselves.',
);

export type C2bSettings = Static<typeof c2bSettings>;

export type C2bApiSettings = ApiSettings & { readonly c2b: C2bSettings };
