const STEP_MS = 100;
const STEPS_IN_SECOND = 1_000 / STEP_MS;

/** Counts what arrives in each tenth of a second. */
export interface Meter {
  count(at: number): void;
  /** The most in any tenth of a second. */
  mostAtOnce(): number;
  /** The most in any second, beginning at any tenth. */
  mostInSecond(): number;
}

export function createMeter(): Meter {
  const steps: number[] = [];
  const of = (step: number): number => steps[step] ?? 0;
  return {
    count(at) {
      const step = Math.floor(at / STEP_MS);
      steps[step] = of(step) + 1;
    },
    mostAtOnce: () => steps.reduce((most, count) => Math.max(most, count), 0),
    mostInSecond() {
      let most = 0;
      let sum = 0;
      for (let step = 0; step < steps.length; step++) {
        sum += of(step) - of(step - STEPS_IN_SECOND);
        most = Math.max(most, sum);
      }
      return most;
    },
  };
}
