import { defineProduct, operation } from '../../api/define-product.ts';
import { generateQr, qrAnswer, qrRequest } from './generate.ts';
import { qrSettings } from './settings.ts';

export const qrProduct = defineProduct({
  name: 'qr',
  title: 'Dynamic QR',
  family: 'c2b',
  priority: 'helper',
  settings: qrSettings,
  operations: {
    generate: operation({
      title: 'Dynamic QR',
      method: 'POST',
      paths: ['/mpesa/qrcode/v1/generate'],
      authentication: 'bearer',
      request: qrRequest,
      sample: {
        MerchantName: 'TEST SUPERMARKET',
        RefNo: 'Invoice Test',
        Amount: 1,
        TrxCode: 'BG',
        CPI: '373132',
        Size: '300',
      },
      acknowledgement: qrAnswer,
      handler: generateQr,
    }),
  },
});
