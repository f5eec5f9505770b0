/**
 * The way to the subscriber's phone. The simulated one is `handset/simulated.ts`; a real one speaks to the
 * operator.
 */
export interface HandsetGateway {
  /**
   * Shows each prompt on its phone; idempotent by `id`. Settles within the deadline of the signal. A prompt
   * that could not be put on the phone is answered later as `push_failed` or `unreachable`, not by an
   * exception.
   */
  prompt(prompts: readonly Prompt[], signal: AbortSignal): Promise<void>;
  /**
   * What phones have answered to this asker's prompts and was not acknowledged yet, oldest first, at most
   * `limit`. Two callers may be given the same answer: what it decides is decided by the caller's guarded
   * update.
   */
  answers(limit: number, signal: AbortSignal): Promise<readonly Answer[]>;
  /** Answers that are dealt with: they are not given again. */
  acknowledge(ids: readonly string[], signal: AbortSignal): Promise<void>;
}

export interface Prompt {
  /** The push's id, or that of what else is asked. */
  id: string;
  msisdn: string;
  /** What the screen says; over 182 characters it cannot be sent. */
  text: string;
  /** The prompt leaves the screen by then. */
  expiresAt: Date;
  /**
   * An organisation's phone asks who answers, too: the id that its operator must type before the PIN. A
   * wrong one counts as a wrong PIN, and the answer does not say which of both it was.
   */
  operatorId?: string;
}

export interface Answer {
  id: string;
  outcome: AnswerOutcome;
  at: Date;
}

export type AnswerOutcome =
  | 'accepted'
  | 'wrong_pin'
  | 'pin_locked'
  | 'cancelled'
  | 'unreachable'
  | 'push_failed'
  | 'no_answer'
  /** The network took the prompt and did not bring it to the phone before its time was over. */
  | 'expired';
