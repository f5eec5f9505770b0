import { Type } from 'typebox';
import { defineProduct, operation } from '../../api/define-product.ts';
import { noFields } from '../../fields/form/form.ts';
import { generateToken, tokenErrors } from './generate.ts';

export const oauth = defineProduct({
  name: 'oauth',
  title: 'OAuth token',
  family: 'stk',
  priority: 'money',
  errors: tokenErrors,
  operations: {
    generate: operation({
      title: 'OAuth token',
      method: 'GET',
      paths: ['/oauth/v1/generate'],
      authentication: 'basic',
      query: Type.Object({ grant_type: Type.Literal('client_credentials') }),
      request: noFields,
      sample: {},
      acknowledgement: Type.Object({
        access_token: Type.String(),
        expires_in: Type.Union([Type.String(), Type.Integer()], { description: 'Seconds.' }),
      }),
      handler: generateToken,
    }),
  },
});
