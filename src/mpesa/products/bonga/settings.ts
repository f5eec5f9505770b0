import { type Static, Type } from 'typebox';
import { builtIn, section } from '../../../platform/settings.ts';

export const bongaSettings = section(
  {
    centsPerPoint: builtIn(
      20,
      Type.Integer({ minimum: 1, maximum: 10_000, description: 'Cents that one Bonga point is worth.' }),
    ),
  },
  'Lipa na Bonga.',
);

export type BongaSettings = Static<typeof bongaSettings>;
