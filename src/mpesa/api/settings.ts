import type { TargetRules } from '../../delivery/types.ts';

/** What a release decides about the API's edge; the defaults are `defaultMpesaSettings`. */
export interface MpesaSettings {
  /** The type of `expires_in`: documents and recordings disagree. */
  expiresInAs: 'string' | 'number';
  /** `Retry-After` of an answer that says "not now". */
  retryAfterSeconds: number;
  stk: StkRequestSettings;
}

export interface StkRequestSettings {
  /** Refuse an AccountReference over 12 and a TransactionDesc over 13 characters, which clients in the field send. */
  strictLengths: boolean;
  /** How long a push waits for its subscriber. */
  promptLifetimeMs: number;
  /** What a query says of a push without a result. */
  inFlightAnswer: InFlightAnswer;
  callbackUrl: CallbackUrlSettings;
  /** Pushes that wait to be written, a process. Over it the API is busy. */
  maxQueued: number;
  /** Pushes written in one transaction. */
  maxBatch: number;
}

/**
 * The three shapes that were observed: `4999` in a normal answer, error 500.001.1001 with an empty text and status
 * 200, or the same code with "The transaction is being processed" and status 500.
 */
export type InFlightAnswer = '4999' | 'empty_error' | 'being_processed';

export interface CallbackUrlSettings extends TargetRules {
  /** Refused anywhere in the URL, in any case. The vendor applies its list to C2B; STK callbacks often hold "mpesa". */
  forbiddenWords: readonly string[];
}

export const defaultMpesaSettings: MpesaSettings = {
  expiresInAs: 'string',
  retryAfterSeconds: 5,
  stk: {
    strictLengths: false,
    promptLifetimeMs: 60_000,
    inFlightAnswer: '4999',
    callbackUrl: {
      allowPlainHttp: false,
      allowPrivateTargets: false,
      allowedPorts: [80, 443, 8080, 8443],
      forbiddenWords: [],
    },
    maxQueued: 2_000,
    maxBatch: 256,
  },
};
