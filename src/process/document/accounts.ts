import { Type } from 'typebox';
import { section, shillings } from '../../platform/settings.ts';

export const accounts = section(
  {
    openingBalanceShillings: shillings(
      'What a subscriber has when first seen; 0 where customers bring their own.',
      0,
    ),
    dailyRefillShillings: shillings(
      'A subscriber with less has this again with the first payment of a day in East Africa; 0: never.',
      0,
    ),
    maxBalanceShillings: shillings(
      "A customer's account never holds more; counts for accounts opened from then on.",
    ),
    organisationMaxBalanceShillings: Type.Union([shillings('Shillings.'), Type.Null()], {
      description: "The same for an organisation's utility account; null: no bound.",
    }),
  },
  'Accounts in the books.',
);
