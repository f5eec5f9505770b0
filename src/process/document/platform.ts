import type { Static } from 'typebox';
import type { ConfigKind } from '../../config/check.ts';
import type { Finding } from '../../config/finding.ts';
import { accounts } from './accounts.ts';
import { auth } from './auth.ts';
import { section } from './fields.ts';
import { delivery, handset, mpesa } from './products.ts';
import { rollouts } from './rollouts.ts';
import { serving } from './serving.ts';

/** Imara's own configuration, as one instance sees it: one source for types, checks and the reference page. */
export const platformSchema = section(
  { auth, serving, mpesa, accounts, delivery, handset, rollouts },
  'Configuration of Imara.',
);

export type PlatformDocument = Static<typeof platformSchema>;

export const platform: ConfigKind<typeof platformSchema> = {
  id: 'imara.platform/1',
  service: 'imara',
  schema: platformSchema,
  environments: ['testing', 'production'],
  switches: [
    ['serving', 'product', 'enabled'],
    ['serving', 'products', '*', 'enabled'],
  ],
  checks: [amountLimits, productLimits, callShares, waveTimes],
};

function amountLimits({ mpesa: { stk } }: PlatformDocument): Finding[] {
  const findings: Finding[] = [];
  if (stk.minAmountShillings > stk.maxAmountShillings) {
    findings.push({
      path: ['mpesa', 'stk', 'minAmountShillings'],
      reason: `is above maxAmountShillings (${stk.maxAmountShillings}): no payment would be allowed`,
      advice: 'lower it',
    });
  }
  if (stk.dailyLimitShillings < stk.maxAmountShillings) {
    findings.push({
      path: ['mpesa', 'stk', 'dailyLimitShillings'],
      reason: `is below maxAmountShillings (${stk.maxAmountShillings}): the largest payment could never be made`,
      advice: 'raise it, or lower maxAmountShillings',
    });
  }
  return findings;
}

function productLimits({ serving: { product, products } }: PlatformDocument): Finding[] {
  return Object.entries({ '': {}, ...products }).flatMap(([name, own]): Finding[] => {
    const { minInFlight, maxInFlight } = { ...product, ...own };
    if (minInFlight <= maxInFlight) return [];
    return [
      {
        path: name === '' ? ['serving', 'product', 'minInFlight'] : ['serving', 'products', name],
        reason: `minInFlight (${minInFlight}) is above maxInFlight (${maxInFlight})`,
        advice: 'lower minInFlight',
      },
    ];
  });
}

function callShares({ auth: { attemptTimeoutMs, callTimeoutMs } }: PlatformDocument): Finding[] {
  if (attemptTimeoutMs <= callTimeoutMs) return [];
  return [
    {
      path: ['auth', 'attemptTimeoutMs'],
      reason: `is above callTimeoutMs (${callTimeoutMs}): one server would take the whole call`,
      advice: 'lower it',
    },
  ];
}

function waveTimes({ rollouts }: PlatformDocument): Finding[] {
  return (['firstWave', 'laterWaves', 'bake'] as const).flatMap((wave): Finding[] => {
    const { minMs, deadlineMs } = rollouts[wave];
    if (minMs < deadlineMs) return [];
    return [
      {
        path: ['rollouts', wave, 'deadlineMs'],
        reason: `is not above minMs (${minMs}): no change would ever pass`,
        advice: 'raise it, or lower minMs',
      },
    ];
  });
}
