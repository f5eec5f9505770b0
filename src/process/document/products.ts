import type { Finding } from '../../config/check/problem.ts';
import type { DeliverySettings } from '../../delivery/settings.ts';
import type { StkSettings } from '../../mpesa/products/stk-push/settings.ts';
import { unless } from './relation.ts';

export function stkRelations(
  stk: StkSettings,
  { maxBalanceShillings }: { maxBalanceShillings: number },
): Finding[] {
  const { minAmountShillings, maxAmountShillings, dailyLimitShillings, customerTariff } = stk;
  const unordered = customerTariff.findIndex(
    ({ upToShillings }, index) => upToShillings <= (customerTariff[index - 1]?.upToShillings ?? 0),
  );
  return [
    ...unless(minAmountShillings <= maxAmountShillings, {
      path: ['mpesa', 'stk', 'minAmountShillings'],
      reason: `is above maxAmountShillings (${maxAmountShillings}): no payment would be allowed`,
      advice: 'lower it',
    }),
    ...unless(dailyLimitShillings >= maxAmountShillings, {
      path: ['mpesa', 'stk', 'dailyLimitShillings'],
      reason: `is below maxAmountShillings (${maxAmountShillings}): the largest payment could never be made`,
      advice: 'raise it, or lower maxAmountShillings',
    }),
    ...unless(maxBalanceShillings >= minAmountShillings, {
      path: ['accounts', 'maxBalanceShillings'],
      reason: `is below mpesa.stk.minAmountShillings (${minAmountShillings}): nobody could hold the smallest payment`,
      advice: 'raise it',
    }),
    ...unless(unordered === -1, {
      path: ['mpesa', 'stk', 'customerTariff', unordered, 'upToShillings'],
      reason: 'is not above the band before it: no payment would reach this band',
      advice: 'put the bands in the order of their amounts',
    }),
  ];
}

/** What a request may name: where its section is, and what is taken under it. */
export interface Named {
  readonly section: 'stk' | 'requests' | 'c2b' | 'pull' | 'standingOrders' | 'billManager';
  readonly taken: 'pushes' | 'requests' | 'registrations' | 'orders' | 'billers';
  readonly callbackUrl: StkSettings['callbackUrl'];
}

/** Something must be left to name. */
export function addressRelations({ section, taken, callbackUrl }: Named): Finding[] {
  const { forbiddenWords, allowedPorts, allowPrivateTargets, allowPlainHttp } = callbackUrl;
  const inAll = forbiddenWords.findIndex((word) =>
    (allowPlainHttp ? ['http://', 'https://'] : ['https://']).every((scheme) =>
      scheme.includes(word.toLowerCase()),
    ),
  );
  return [
    ...unless(inAll === -1, {
      path: ['mpesa', section, 'callbackUrl', 'forbiddenWords', inAll],
      reason: `is in every address: no ${one(taken)} would be accepted`,
      advice: 'take it out',
    }),
    ...unless(allowedPorts.length > 0 || allowPrivateTargets, {
      path: ['mpesa', section, 'callbackUrl', 'allowedPorts'],
      reason: `is empty: no ${one(taken)} would be accepted`,
      advice: 'name at least 443',
    }),
  ];
}

const one = (taken: Named['taken']) =>
  ({
    pushes: 'push',
    requests: 'request',
    registrations: 'registration',
    orders: 'order',
    billers: 'biller',
  })[taken];

/** What a request may name must be deliverable, or its merchant never hears of it. */
export function callbackRelations(
  { section, taken, callbackUrl }: Named,
  settings: DeliverySettings,
): Finding[] {
  const named = `mpesa.${section}.callbackUrl`;
  const port = callbackUrl.allowedPorts.find((each) => !settings.allowedPorts.includes(each));
  const refusedPort = port !== undefined && !callbackUrl.allowPrivateTargets && !settings.allowPrivateTargets;
  return [
    ...(['allowPlainHttp', 'allowPrivateTargets'] as const).flatMap((key) =>
      unless(settings[key] || !callbackUrl[key], {
        path: ['delivery', key],
        reason: `is false where ${named}.${key} is true: ${taken} would be taken whose callbacks are never sent`,
        advice: `set ${named}.${key} to false first, and wait until no ${one(taken)} that was taken before is open`,
      }),
    ),
    ...unless(!refusedPort, {
      path: ['delivery', 'allowedPorts'],
      reason: `is without ${port}, which ${named}.allowedPorts has: ${taken} would be taken whose callbacks are never sent`,
      advice: 'give both the same ports',
    }),
  ];
}

export function deliveryRelations(settings: DeliverySettings): Finding[] {
  return unless(settings.maxConcurrentPerHost <= settings.maxConcurrent, {
    path: ['delivery', 'maxConcurrentPerHost'],
    reason: `is above maxConcurrent (${settings.maxConcurrent}): one receiver could take every place`,
    advice: 'lower it',
  });
}

/** A request waits to be written while it is being served. */
export function queueRelations(
  { section, taken, maxQueued }: Pick<Named, 'section' | 'taken'> & { readonly maxQueued: number },
  most: number,
): Finding[] {
  return unless(maxQueued >= most, {
    path: ['mpesa', section, 'maxQueued'],
    reason: `is below the ${most} ${taken} that are always served at once (minInFlight)`,
    advice: 'raise it',
  });
}
