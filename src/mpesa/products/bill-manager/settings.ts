import { type Static, Type } from 'typebox';
import { builtIn, oneOf, section } from '../../../platform/settings.ts';
import { callbackUrlSettings } from '../../fields/callback-url.ts';

export const billManagerSettings = section(
  {
    // Open: the page wants the key in a header "of every service request", and many clients send none.
    appKey: builtIn(
      'optional',
      oneOf(
        ['optional', 'required'],
        'The header `app_key`, or `appKey`: whether an app with one biller may leave it out.',
      ),
    ),
    // Open: five tries are documented, the waits between them are not.
    pushRetryAfterSeconds: builtIn(
      [10, 30, 60, 300],
      Type.Array(Type.Integer({ minimum: 0, maximum: 604_800 }), {
        description: 'Wait before each further try to tell a biller of a payment: four make five tries.',
        maxItems: 16,
      }),
    ),
    reminderDaysBefore: builtIn(
      [7, 3, 0],
      Type.Array(Type.Integer({ minimum: 0, maximum: 60 }), {
        description: 'Days before the due date on which a customer is reminded; 0 is the due date itself.',
        maxItems: 16,
      }),
    ),
    reminderHour: builtIn(
      8,
      Type.Integer({
        minimum: 0,
        maximum: 23,
        description: 'Hour of the day of reminders, East Africa Time.',
      }),
    ),
    callbackUrl: callbackUrlSettings('Which callbackurls are accepted.'),
  },
  'Bill Manager.',
);

export type BillManagerSettings = Static<typeof billManagerSettings>;

/** The section, as a release has it. */
export type Ruled = { readonly billManager: BillManagerSettings };
