import type { Static } from 'typebox';
import type { ConfigKind } from '../../config/check/check.ts';
import { deliverySettings } from '../../delivery/settings.ts';
import { handsetSettings } from '../../handset/behaviour.ts';
import { mpesaSettings, settledProducts } from '../../mpesa/catalogue.ts';
import { accountSettings } from '../../mpesa/parties/accounts/accounts.ts';
import { retentionSettings } from '../../platform/retention/settings.ts';
import { section } from '../../platform/settings.ts';
import { productSettings } from '../../serving/settings.ts';
import { auth, authRelations } from './auth.ts';
import {
  addressRelations,
  callbackRelations,
  deliveryRelations,
  queueRelations,
  stkRelations,
} from './products.ts';
import { rolloutRelations, rollouts } from './rollouts.ts';
import { serving, servingRelations } from './serving.ts';

/**
 * Imara's own configuration, as one instance sees it: one source for types, checks and the reference page.
 */
export const platformSchema = section(
  {
    auth,
    serving,
    mpesa: mpesaSettings,
    accounts: accountSettings,
    delivery: deliverySettings,
    handset: handsetSettings,
    retention: retentionSettings,
    rollouts,
  },
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
  checks: [
    ({ auth: settings }) => authRelations(settings),
    ({ serving: settings }) => servingRelations(settings),
    ({ mpesa: { stk }, accounts: settings }) => stkRelations(stk, settings),
    ({ mpesa }) => named(mpesa).flatMap(addressRelations),
    ({ mpesa, delivery: settings }) => named(mpesa).flatMap((each) => callbackRelations(each, settings)),
    ({ delivery: settings }) => deliveryRelations(settings),
    ({ mpesa, serving: settings }) =>
      takers(mpesa).flatMap((taker) => {
        const served = taker.products.map((name) => productSettings(settings, name).minInFlight);
        return queueRelations(
          taker,
          served.reduce((sum, each) => sum + each, 0),
        );
      }),
    ({ rollouts: settings }) => rolloutRelations(settings),
  ],
};

/** Whatever names an address to be called back at. */
function named(mpesa: PlatformDocument['mpesa']) {
  const { c2b, pull, standingOrders, billManager } = mpesa;
  return [
    ...takers(mpesa),
    { ...c2b, section: 'c2b', taken: 'registrations' },
    { ...pull, section: 'pull', taken: 'registrations' },
    { ...standingOrders, section: 'standingOrders', taken: 'orders' },
    { ...billManager, section: 'billManager', taken: 'billers' },
  ] as const;
}

/** What takes requests that are called back, and for which products: pushes, and all that initiators ask. */
function takers({ stk, requests }: PlatformDocument['mpesa']) {
  return [
    { ...stk, section: 'stk', taken: 'pushes', products: ['stk'] },
    {
      ...requests,
      section: 'requests',
      taken: 'requests',
      products: settledProducts.map(({ name }) => name),
    },
  ] as const;
}
