import type { Static } from 'typebox';
import { builtIn, count, milliseconds, oneOf, section } from '../../platform/settings.ts';
import { callbackUrlSettings } from '../fields/callback-url.ts';

/** What a release decides about requests that an initiator makes, in any product. */
export const requestSettings = section(
  {
    timeoutMs: builtIn(
      60_000,
      milliseconds('What nobody dealt with by then is told to QueueTimeOutURL, and never done.', 1_000),
    ),
    securityCredential: builtIn(
      'checked',
      oneOf(
        ['checked', 'lenient'],
        "`lenient`: a SecurityCredential that was not made with this installation's certificate passes, as clients have the vendor's built in.",
      ),
    ),
    callbackUrl: callbackUrlSettings('Which ResultURLs and QueueTimeOutURLs are accepted.'),
    maxQueued: builtIn(
      2_000,
      count('Requests of one process that wait to be written. Over it the API is busy.'),
    ),
    maxBatch: builtIn(256, count('Requests written in one transaction.', 1, 5_000)),
  },
  'Requests with an initiator: their acceptance and their settlement.',
);

export type RequestSettings = Static<typeof requestSettings>;
