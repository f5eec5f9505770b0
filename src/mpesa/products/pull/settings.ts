import { type Static, Type } from 'typebox';
import { builtIn, oneOf, section } from '../../../platform/settings.ts';
import { callbackUrlSettings } from '../../fields/callback-url.ts';

export const pullSettings = section(
  {
    windowHours: builtIn(
      48,
      Type.Integer({ minimum: 1, maximum: 8_760, description: 'Older transactions are not given.' }),
    ),
    pageSize: builtIn(100, Type.Integer({ minimum: 1, maximum: 1_000, description: 'Rows of one answer.' })),
    // Open: an SDK reads the key with a blank. Default taken: without, as every other key.
    statusKey: builtIn(
      'ResponseStatus',
      oneOf(['ResponseStatus', 'Response Status'], 'How a registration names its status.'),
    ),
    callbackUrl: callbackUrlSettings('Which CallBackURLs are accepted.'),
  },
  'Pull transactions.',
);

export type PullSettings = Static<typeof pullSettings>;
