/** What the exit status of `imara` says. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Rolled back, or refused by a gate. */
  refused: 3,
  /** No token, or one that may not. */
  unauthenticated: 4,
  /** Not done within the time given; it may still go on. */
  timedOut: 5,
  /** It runs, but needs somebody. */
  degraded: 6,
  interrupted: 130,
} as const;

export interface FailureParts {
  what: string;
  why?: string;
  /** What to do about it: printed last, where the eye is. */
  fix?: string;
  exitCode?: number;
}

/** A command that failed, with a text for the person who gave it. */
export class Failure extends Error {
  readonly why: string | undefined;
  readonly fix: string | undefined;
  readonly exitCode: number;

  constructor({ what, why, fix, exitCode = exitCodes.failed }: FailureParts) {
    super(what);
    this.why = why;
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

export function notUp(): Failure {
  return new Failure({ what: 'Imara is not up here.', fix: 'Start it with `npx imara up`.' });
}
