import { type Static, Type } from 'typebox';
import { builtIn, count, milliseconds, section } from '../../../platform/settings.ts';

export const bongaSettings = section(
  {
    centsPerPoint: builtIn(
      20,
      Type.Integer({ minimum: 1, maximum: 10_000, description: 'Cents that one Bonga point is worth.' }),
    ),
    openingPoints: builtIn(10_000, count('Points that a subscriber has when first seen.', 0, 1_000_000_000)),
    promptLifetimeMs: builtIn(60_000, milliseconds('How long the phone waits for the PIN.', 1_000)),
  },
  'Lipa na Bonga.',
);

export type BongaSettings = Static<typeof bongaSettings>;
