import type { Blame } from '../../../serving/types.ts';
import type { Failure } from './families.ts';

/** For people: why it comes, and what to do about it. */
export type Cause = readonly [cause: string, fix: string];

/**
 * Whose fault each failure is, and what to do about it. A switched-off product and an overload are ours; too
 * much from one app is that app's.
 */
export const failures: Readonly<Record<Failure, { blame: Blame; cause: Cause }>> = {
  invalidToken: {
    blame: { fault: 'caller', kind: 'invalid_token' },
    cause: [
      'The bearer token is missing, wrong, expired or revoked, or of another environment.',
      'Take a new token; send it as `Authorization: Bearer …`.',
    ],
  },
  noProduct: {
    blame: { fault: 'caller', kind: 'no_product' },
    cause: [
      'The app may not ask for this product, or its token is older than the product is.',
      'Take a new token; `npx imara app list` shows what an app may ask for, `npx imara app products` changes it.',
    ],
  },
  invalidField: {
    blame: { fault: 'caller', kind: 'invalid_field' },
    cause: [
      'The named field is missing, or has a form or value that the API does not take. Of a body that is no JSON by its content type: the first field.',
      'Correct that field; send `Content-Type: application/json`.',
    ],
  },
  malformedBody: {
    blame: { fault: 'caller', kind: 'malformed_body' },
    cause: ['The body is not one JSON object.', 'Send one JSON object in UTF-8.'],
  },
  unknownPath: {
    blame: { fault: 'caller', kind: 'unknown_path' },
    cause: [
      'Nothing is at this path. The text says so where the vendor has an API there that is not built here.',
      'Compare the path with [the APIs](apis.md).',
    ],
  },
  wrongMethod: {
    blame: { fault: 'caller', kind: 'wrong_method' },
    cause: ['The path is right, the method is not.', 'POST; GET for the token.'],
  },
  internal: {
    blame: { fault: 'ours', kind: 'internal' },
    cause: [
      'A fault of ours, or no answer within the deadline. A push may have been taken all the same.',
      'Ask the query before you send it again; `npx imara logs`.',
    ],
  },
  maintenance: {
    blame: { fault: 'ours', kind: 'maintenance' },
    cause: [
      'The product is switched off (`serving.products`).',
      'Wait, or switch it on: `npx imara config show`.',
    ],
  },
  busy: {
    blame: { fault: 'ours', kind: 'busy' },
    cause: [
      'More work than there are places, or the process is stopping. Nothing was taken.',
      'Send it again after `Retry-After` seconds, with growing waits.',
    ],
  },
  spikeArrest: {
    blame: { fault: 'caller', kind: 'spike_arrest' },
    cause: [
      'The app sends faster than `serving.quota.spikePerSecond` and its burst allow.',
      'Slow down; send it again after a second.',
    ],
  },
  quota: {
    blame: { fault: 'caller', kind: 'quota' },
    cause: [
      'The app has used up `serving.quota.quotaRequests` of its window.',
      'Wait for the next window, or raise the quota.',
    ],
  },
};
