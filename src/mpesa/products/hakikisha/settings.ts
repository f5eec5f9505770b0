import { type Static, Type } from 'typebox';
import { targetRules } from '../../../delivery/settings.ts';
import { builtIn, flag, milliseconds, section } from '../../../platform/settings.ts';

const text = (description: string, maxLength = 200) => Type.String({ minLength: 1, maxLength, description });

const merchants = Type.Array(
  Type.Object(
    {
      shortCode: Type.String({ pattern: '^[0-9]{5,7}$' }),
      tokenUrl: text('Gives a token for key and secret, sent as Basic.', 2_000),
      notifyUrl: text('Is asked for the name of an account.', 2_000),
      consumerKey: text('Key.'),
      consumerSecret: text('Secret.'),
    },
    { additionalProperties: false },
  ),
  {
    description:
      'C2B Hakikisha: merchants that are asked whose an account number is, before a customer pays by pay bill. The vendor takes them on by mail.',
    maxItems: 100,
  },
);

export const hakikishaSettings = section(
  {
    // Open: the page shows the body of an error, not its HTTP status. Default taken: that of the body.
    errorsWithStatus200: builtIn(false, flag('A customer who is not known is told with HTTP 200.')),
    inbound: section(
      {
        ...targetRules,
        timeoutMs: builtIn(
          3_000,
          milliseconds('How long a customer waits for the name; then none is shown.', 100, 10_000),
        ),
        merchants: builtIn([], merchants),
      },
      'C2B Hakikisha.',
    ),
  },
  'Hakikisha: whom a payment would reach.',
);

export type HakikishaSettings = Static<typeof hakikishaSettings>;
