import type { Database, DatabaseClient } from '../../src/platform/database/database.ts';

export class Crash extends Error {}

/** Counts the calls that go through it and fails the n-th: before it is done, or done but its answer lost. */
export function faultAt(n: number, when: 'before' | 'after') {
  let calls = 0;
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls === n && when === 'before') throw new Crash();
    const result = await call();
    if (calls === n && when === 'after') throw new Crash();
    return result;
  };
  const counted = <T extends Database | DatabaseClient>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name, object);
        if (typeof value !== 'function') return value;
        const call = value.bind(object);
        if (name === 'query') return (...args: unknown[]) => through(() => call(...args));
        if (name === 'connect') return async () => counted<DatabaseClient>(await call());
        return call;
      },
    });
  return { through, counted, met: () => calls >= n };
}

/** Runs the steps in order until one dies of a `Crash`, as its process would. */
export async function untilCrash(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  try {
    for (const step of steps) await step();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}
