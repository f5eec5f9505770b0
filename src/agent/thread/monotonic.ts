/** Milliseconds of the machine's monotonic clock, the same in all its threads and processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
