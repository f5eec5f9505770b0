import { defineProduct, operation } from '../../api/define-product.ts';
import { passwordErrors } from './password.ts';
import { pushAcknowledgement, pushErrors, pushRequest, stkPush } from './push.ts';
import { stkResults } from './results.ts';
import { pushSample } from './sample.ts';
import { stkSettings } from './settings.ts';
import { stkSettlement } from './settlement/run.ts';

export const stkPushProduct = defineProduct({
  name: 'stk',
  title: 'STK push',
  family: 'stk',
  priority: 'money',
  settings: stkSettings,
  errors: { ...passwordErrors, ...pushErrors },
  results: stkResults,
  settlement: stkSettlement,
  operations: {
    push: operation({
      title: 'M-Pesa Express (STK push)',
      method: 'POST',
      paths: ['/mpesa/stkpush/v1/processrequest'],
      authentication: 'bearer',
      request: pushRequest,
      sample: pushSample,
      acknowledgement: pushAcknowledgement,
      handler: stkPush,
    }),
  },
});
