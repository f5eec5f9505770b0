import { type Static, Type } from 'typebox';
import { builtIn, flag, section } from '../../../platform/settings.ts';

export const simSwapSettings = section(
  {
    // "More than 3 months ago": the page does not say how long a month is.
    shownForDays: builtIn(
      90,
      Type.Integer({
        minimum: 1,
        maximum: 3_650,
        description: 'A swap longer ago is told as `01-01-1900`; of IMSI too.',
      }),
    ),
    // Open: an SDK reads the registration from this path too, as the vendor's second IMSI.
    withRegistration: builtIn(false, flag('The answer has `msisdnRegistrationDate` besides.')),
  },
  'SIM swap.',
);

export type SimSwapSettings = Static<typeof simSwapSettings>;
