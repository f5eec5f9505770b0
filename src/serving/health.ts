import { type Answers, RecentAnswers } from './recent-answers.ts';

/** A check's verdict: ready, or why not. It answers from what it already knows: it never waits. */
export type Readiness = { ready: true } | { ready: false; reason: string };

export interface Health {
  /** Adds a check, or replaces the one of that name. */
  check(name: string, verdict: () => Readiness): void;
  /**
   * Counts an answer. How the last ones went is told beside the checks and makes nobody unready: what all instances fail for is no
   * reason to take each of them away.
   */
  answered(failed: boolean): void;
  /** Every check's verdict. One that throws is not ready; without any check nothing is known, so not ready. */
  readiness(): { ready: boolean; checks: Record<string, Readiness>; answers: Answers };
}

export function createHealth(): Health {
  const checks = new Map<string, () => Readiness>();
  const answers = new RecentAnswers();
  return {
    check: (name, verdict) => void checks.set(name, verdict),
    answered: (failed) => answers.add(failed),
    readiness() {
      const verdicts = [...checks].map(([name, verdict]) => [name, ask(verdict)] as const);
      return {
        ready: verdicts.length > 0 && verdicts.every(([, verdict]) => verdict.ready),
        checks: Object.fromEntries(verdicts),
        answers: answers.sum(),
      };
    },
  };
}

function ask(verdict: () => Readiness): Readiness {
  try {
    return verdict();
  } catch (error) {
    return { ready: false, reason: `the check itself failed: ${error}` };
  }
}
