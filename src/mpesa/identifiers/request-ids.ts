import { randomInt, randomUUID } from 'node:crypto';
import { eatDayFirst } from '../fields/times/east-africa-time.ts';

let counter = randomInt(1_000_000, 9_000_000);

/**
 * An id of a request as the vendor makes them now: a UUID without its first group, directly followed by a
 * decimal counter (`53e3-4aa8-9fe0-8fb5e4092cdd3533373`). It is a `MerchantRequestID`, an error's `requestId`
 * and so on.
 */
export function requestId(): string {
  counter += 1;
  return randomUUID().slice(9) + counter;
}

let stampSecond = -1;
let stamp = '';

/**
 * `ws_CO_`, day-first time in East Africa, milliseconds, and the number without its 254
 * (`ws_CO_06092026133641276708374149`).
 */
export function checkoutRequestId(nowMs: number, msisdn: string): string {
  const second = Math.floor(nowMs / 1_000);
  if (second !== stampSecond) {
    stamp = eatDayFirst(nowMs);
    stampSecond = second;
  }
  return `ws_CO_${stamp}${String(nowMs - second * 1_000).padStart(3, '0')}${msisdn.slice(3)}`;
}
