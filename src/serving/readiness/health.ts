import { type Answers, RecentAnswers } from './recent-answers.ts';

/** A check's verdict: ready, or why not. It answers from what it already knows: it never waits. */
export type Readiness = { ready: true } | { ready: false; reason: string };

/**
 * Whose trouble it is when a check fails. `own`: of this process, so requests belong elsewhere. `shared`: of
 * something that all of them need (the database), so elsewhere is no better, and taking each of them away
 * would only make it worse.
 */
export type Scope = 'own' | 'shared';

export interface Health {
  /** Adds a check, or replaces the one of that name. */
  check(name: string, verdict: () => Readiness, scope?: Scope): void;
  /**
   * Counts an answer. How the last ones went is shown beside the checks and makes nobody unready: what all
   * instances fail for is no reason to take each of them away.
   */
  answered(failed: boolean): void;
  /**
   * Every check's verdict. One that throws is not ready; without any check nothing is known, so not ready.
   */
  readiness(): { ready: boolean; checks: Record<string, Readiness>; answers: Answers };
  /** Whether a balancer should send it requests: the same without what is shared. */
  routing(): { ready: boolean; checks: Record<string, Readiness> };
}

export function createHealth(): Health {
  const checks = new Map<string, { verdict: () => Readiness; scope: Scope }>();
  const answers = new RecentAnswers();

  function judge(wanted: (scope: Scope) => boolean) {
    const verdicts = [...checks]
      .filter(([, { scope }]) => wanted(scope))
      .map(([name, { verdict }]) => [name, ask(verdict)] as const);
    return {
      ready: verdicts.length > 0 && verdicts.every(([, verdict]) => verdict.ready),
      checks: Object.fromEntries(verdicts),
    };
  }

  return {
    check: (name, verdict, scope = 'own') => void checks.set(name, { verdict, scope }),
    answered: (failed) => answers.add(failed),
    readiness: () => ({ ...judge(() => true), answers: answers.sum() }),
    routing: () => judge((scope) => scope === 'own'),
  };
}

function ask(verdict: () => Readiness): Readiness {
  try {
    return verdict();
  } catch (error) {
    return { ready: false, reason: `the check itself failed: ${error}` };
  }
}
