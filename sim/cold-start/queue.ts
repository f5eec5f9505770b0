/**
 * A server that takes one after the other, so many a second: how long a request that comes at `at` waits, in
 * ms.
 */
export function createQueue(perSecond: number): (at: number) => number {
  let freeAt = 0;
  return (at) => {
    freeAt = Math.max(freeAt, at) + 1_000 / perSecond;
    return freeAt - at;
  };
}
