import type { Finding } from '../../config/check/finding.ts';
import type { DeliverySettings } from '../../delivery/settings.ts';
import type { StkSettings } from '../../mpesa/products/stk-push/settings.ts';
import { unless } from './relation.ts';

export function stkRelations(
  stk: StkSettings,
  { maxBalanceShillings }: { maxBalanceShillings: number },
): Finding[] {
  const { minAmountShillings, maxAmountShillings, dailyLimitShillings, callbackUrl, customerTariff } = stk;
  const { forbiddenWords, allowedPorts, allowPrivateTargets, allowPlainHttp } = callbackUrl;
  const inAll = forbiddenWords.findIndex((word) =>
    (allowPlainHttp ? ['http://', 'https://'] : ['https://']).every((scheme) =>
      scheme.includes(word.toLowerCase()),
    ),
  );
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
    ...unless(inAll === -1, {
      path: ['mpesa', 'stk', 'callbackUrl', 'forbiddenWords', inAll],
      reason: 'is in every address: no push would be accepted',
      advice: 'take it out',
    }),
    ...unless(allowedPorts.length > 0 || allowPrivateTargets, {
      path: ['mpesa', 'stk', 'callbackUrl', 'allowedPorts'],
      reason: 'is empty: no push would be accepted',
      advice: 'name at least 443',
    }),
    ...unless(unordered === -1, {
      path: ['mpesa', 'stk', 'customerTariff', unordered, 'upToShillings'],
      reason: 'is not above the band before it: no payment would reach this band',
      advice: 'put the bands in the order of their amounts',
    }),
  ];
}

/** What a push may name must be deliverable, or its merchant never hears of it. */
export function callbackRelations({ callbackUrl }: StkSettings, settings: DeliverySettings): Finding[] {
  const port = callbackUrl.allowedPorts.find((each) => !settings.allowedPorts.includes(each));
  const refusedPort = port !== undefined && !callbackUrl.allowPrivateTargets && !settings.allowPrivateTargets;
  return [
    ...(['allowPlainHttp', 'allowPrivateTargets'] as const).flatMap((key) =>
      unless(settings[key] || !callbackUrl[key], {
        path: ['delivery', key],
        reason: `is false where mpesa.stk.callbackUrl.${key} is true: pushes would be taken whose callbacks are never sent`,
        advice: `set mpesa.stk.callbackUrl.${key} to false first, and wait until no push that was taken before is open`,
      }),
    ),
    ...unless(!refusedPort, {
      path: ['delivery', 'allowedPorts'],
      reason: `is without ${port}, which mpesa.stk.callbackUrl.allowedPorts has: pushes would be taken whose callbacks are never sent`,
      advice: 'give both the same ports',
    }),
    ...unless(settings.maxConcurrentPerHost <= settings.maxConcurrent, {
      path: ['delivery', 'maxConcurrentPerHost'],
      reason: `is above maxConcurrent (${settings.maxConcurrent}): one receiver could take every place`,
      advice: 'lower it',
    }),
  ];
}

/** A push waits to be written while it is being served. */
export function queueRelations({ maxQueued }: StkSettings, most: number): Finding[] {
  return unless(maxQueued >= most, {
    path: ['mpesa', 'stk', 'maxQueued'],
    reason: `is below the ${most} pushes that are always served at once (minInFlight)`,
    advice: 'raise it',
  });
}
