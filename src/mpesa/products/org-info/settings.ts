import { type Static, Type } from 'typebox';
import { builtIn, oneOf, section } from '../../../platform/settings.ts';

export const orgInfoSettings = section(
  {
    // Open: the page's sample shows 4000, its table 0. Default taken: the sample's.
    successCode: builtIn('4000', oneOf(['4000', '0'], '`ResponseCode` of an organisation that was found.')),
    // Of the page's sample. Which profile an organisation has is not known outside the vendor.
    chargeProfileId: builtIn(
      '20013',
      Type.String({
        maxLength: 10,
        pattern: '^[0-9]{1,10}$',
        description: '`ChargeProfileID` of every organisation.',
      }),
    ),
  },
  'Query org info.',
);

export type OrgInfoSettings = Static<typeof orgInfoSettings>;
