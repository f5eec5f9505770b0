import { Type } from 'typebox';
import { defineProduct, operation } from '../../api/define-product.ts';
import { shortCode } from '../../fields/digits.ts';
import { form } from '../../fields/form/form.ts';
import { nested } from '../../fields/form/nested.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { text } from '../../fields/text.ts';
import { hakikisha } from './look-up.ts';
import { hakikishaSettings } from './settings.ts';

/** The name of a customer, asked before a payment to them. */
export const hakikishaProduct = defineProduct({
  name: 'hakikisha',
  title: 'B2C Hakikisha',
  family: 'pull',
  priority: 'query',
  settings: hakikishaSettings,
  operations: {
    lookUp: operation({
      title: 'B2C Hakikisha (name look-up)',
      method: 'POST',
      paths: ['/mpesa/b2c/hakikisha/v1/hakikisha'],
      authentication: 'bearer',
      request: form({
        // Seconds of the epoch in one sample, `yyyyMMddHHmmss` in another: taken and echoed, whatever it is.
        header: nested(form({ requestID: text(100), timestamp: text(40) })),
        body: nested(form({ msisdn, shortcode: shortCode })),
      }),
      sample: {
        header: { requestID: '8aeefeea-8713-4a4d-b1b4-7b8c143b7ec1', timestamp: '1748933384' },
        body: { msisdn: '254722000000', shortcode: '174379' },
      },
      acknowledgement: Type.Object({
        header: Type.Object({
          requestID: Type.String(),
          timestamp: Type.String(),
          status: Type.String(),
          message: Type.String(),
        }),
        body: Type.Object({
          firstName: Type.Optional(Type.String()),
          middleName: Type.Optional(Type.String({ description: 'Its first letter and stars.' })),
          lastName: Type.Optional(Type.String({ description: 'Its first letter and stars.' })),
          message: Type.Optional(Type.String({ description: 'Of a failure.' })),
        }),
      }),
      handler: hakikisha,
    }),
  },
});
