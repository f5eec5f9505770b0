import { eatDay } from '../../fields/times/east-africa-time.ts';
import type { Tariff } from './tariff.ts';

/** What customers pay from a day on, in East Africa. */
export interface CustomerCharges {
  /** `YYYY-MM-DD` */
  readonly from: string;
  /** To another customer, registered or with a business wallet. */
  readonly send: Tariff;
  /** At an agent. */
  readonly withdraw: Tariff;
}

/** An agent pays out no less. */
export const LEAST_WITHDRAWAL_SHILLINGS = 50;

const bands = (...rows: readonly (readonly [upToShillings: number, feeShillings: number])[]): Tariff =>
  rows.map(([upToShillings, feeShillings]) => ({ upToShillings, feeCents: feeShillings * 100 }));

/** Source: press copies of the tariff of January 2025, which agree with each other. The newest comes last. */
const published: readonly CustomerCharges[] = [
  {
    from: '2025-01-01',
    send: bands(
      [100, 0],
      [500, 7],
      [1_000, 13],
      [1_500, 23],
      [2_500, 33],
      [3_500, 53],
      [5_000, 57],
      [7_500, 78],
      [10_000, 90],
      [15_000, 100],
      [20_000, 105],
      [250_000, 108],
    ),
    withdraw: bands(
      [100, 11],
      [2_500, 29],
      [3_500, 52],
      [5_000, 69],
      [7_500, 87],
      [10_000, 115],
      [15_000, 167],
      [20_000, 185],
      [35_000, 197],
      [50_000, 278],
      [250_000, 309],
    ),
  },
];

/** What is charged on that day; before the first tariff that is known, what that one says. */
export function chargesOn(atMs: number, tariffs = published): CustomerCharges {
  const day = eatDay(atMs);
  const current = tariffs.findLast(({ from }) => from <= day) ?? tariffs[0];
  if (current === undefined) throw new Error('no tariff is known');
  return current;
}
