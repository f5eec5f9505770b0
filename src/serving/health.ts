/** A check's verdict: ready, or why not. It answers from what it already knows: it never waits. */
export type Readiness = { ready: true } | { ready: false; reason: string };

export interface Health {
  /** Adds a check, or replaces the one of that name. */
  check(name: string, verdict: () => Readiness): void;
  /** Every check's verdict. One that throws is not ready; without any check nothing is known, so not ready. */
  readiness(): { ready: boolean; checks: Record<string, Readiness> };
}

export function createHealth(): Health {
  const checks = new Map<string, () => Readiness>();
  return {
    check: (name, verdict) => void checks.set(name, verdict),
    readiness() {
      const verdicts = [...checks].map(([name, verdict]) => [name, ask(verdict)] as const);
      return {
        ready: verdicts.length > 0 && verdicts.every(([, verdict]) => verdict.ready),
        checks: Object.fromEntries(verdicts),
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
