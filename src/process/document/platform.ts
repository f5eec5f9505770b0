import type { Static } from 'typebox';
import type { ConfigKind } from '../../config/check/check.ts';
import { deliverySettings } from '../../delivery/settings.ts';
import { handsetSettings } from '../../handset/behaviour.ts';
import { mpesaSettings } from '../../mpesa/catalogue.ts';
import { accountSettings } from '../../mpesa/parties/accounts.ts';
import { section } from '../../platform/settings.ts';
import { productSettings } from '../../serving/settings.ts';
import { auth, authRelations } from './auth.ts';
import { callbackRelations, queueRelations, stkRelations } from './products.ts';
import { rolloutRelations, rollouts } from './rollouts.ts';
import { serving, servingRelations } from './serving.ts';

/** Imara's own configuration, as one instance sees it: one source for types, checks and the reference page. */
export const platformSchema = section(
  {
    auth,
    serving,
    mpesa: mpesaSettings,
    accounts: accountSettings,
    delivery: deliverySettings,
    handset: handsetSettings,
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
    ({ mpesa: { stk }, delivery: settings }) => callbackRelations(stk, settings),
    ({ mpesa: { stk }, serving: settings }) =>
      queueRelations(stk, productSettings(settings, 'stk').minInFlight),
    ({ rollouts: settings }) => rolloutRelations(settings),
  ],
};
