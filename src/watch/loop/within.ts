/** A wait that came to its end before what it waited for. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/**
 * What `work` gives, or `TooLate` after `ms`: recorded when the time is over, not when the work returns. The
 * work is given a signal, and goes on alone where it does not heed it.
 */
export async function within<T>(
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const late = new TooLate(`${what} took longer than ${ms} ms`);
    reject(late);
    controller.abort(late);
  }, ms);
  try {
    return await Promise.race([work(controller.signal), promise]);
  } finally {
    clearTimeout(timer);
  }
}
