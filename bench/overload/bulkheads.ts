import { type Bench, median } from '../report.ts';
import { load, percentile, pinned, withServer } from './serving-rig.ts';

const RATE = 150;
/** Offered to the product that hangs: far more than its bulkhead takes in. */
const HANGING_RATE = 200;
const ROUNDS = 5;

/**
 * R12: one product's dependency hangs; what the clients of another product see, against the same without it.
 */
export const bulkheads: Bench = async ({ seconds, log }) =>
  withServer([], async (port) => {
    const ratios: number[] = [];
    const calm: number[] = [];
    const beside: number[] = [];
    let unanswered = 0;
    const pay = () => load(port, [{ rate: RATE, seconds }]);
    await pay();
    for (let round = 0; round < ROUNDS; round += 1) {
      const alone = await pay();
      const [hanging, next] = await Promise.all([
        load(port, [{ rate: HANGING_RATE, seconds: seconds + 1 }], { path: '/hang' }),
        pay(),
      ]);
      const [before, after] = [percentile(alone.okMs, 0.99), percentile(next.okMs, 0.99)];
      ratios.push(after / before);
      calm.push(before);
      beside.push(after);
      unanswered += next.sent - next.ok;
      log(
        `round ${round + 1}: p99 ${before.toFixed(1)} → ${after.toFixed(1)} ms; hanging: ${hanging.sent} sent`,
      );
    }
    return {
      bench: 'bulkheads',
      figures: [
        { what: 'p99 of the other product', value: median(calm), unit: 'ms' },
        { what: 'p99 beside a product that hangs', value: median(beside), unit: 'ms' },
        {
          what: 'ratio, median of rounds',
          value: median(ratios),
          unit: '×',
          reach: { at: 'most', value: 1.2 },
        },
        {
          what: 'requests of the other product not served',
          value: unanswered,
          unit: 'req',
          reach: { at: 'most', value: 0 },
        },
      ],
      notes: [
        `${RATE} requests/s of 1 ms work and 4 ms wait; ${HANGING_RATE} requests/s to a handler that never answers`,
        pinned
          ? 'the API process has one core, the clients share the other'
          : 'processes are not pinned to cores',
      ],
    };
  });
