/** A number or a text, as the vendor shows it: `1032` and `"SFC_IC0003"`. */
export type ResultCode = number | string;

export interface Result {
  readonly code: ResultCode;
  /** `ResultDesc` */
  readonly text: string;
}

/** The results that products with an initiator share, with the vendor's words. */
export const results = {
  done: { code: 0, text: 'The service request is processed successfully.' },
  notAllowed: { code: 21, text: 'The initiator is not allowed to initiate this request' },
  /** No official sample of a queue timeout was found, so code and text are ours (the core's 26: the system is too busy). */
  queueTimeout: { code: 26, text: 'The request timed out in the queue: it was not processed in time.' },
  initiatorInvalid: { code: 2001, text: 'The initiator information is invalid.' },
  credentialLocked: { code: 8006, text: 'The security credential is locked.' },
  /** PartyA does not exist, or not as what IdentifierType says. */
  noOperator: { code: 'SFC_IC0003', text: 'The operator does not exist.' },
} as const satisfies Record<string, Result>;
