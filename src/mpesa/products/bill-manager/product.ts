import type { TObject } from 'typebox';
import { defineProduct, operation } from '../../api/define-product.ts';
import { cancelledAnswer, doneAnswer, invoicedAnswer, optInAnswer } from './answers.ts';
import { changeOptIn, optIn } from './billers/opt-in.ts';
import { billErrors } from './errors.ts';
import {
  cancelRequest,
  cancelsRequest,
  changeOptInRequest,
  invoiceRequest,
  invoicesRequest,
  optInRequest,
  reconciliationRequest,
} from './fields.ts';
import { cancelBulk, cancelInvoice } from './invoices/cancel.ts';
import { bulkInvoicing, changeBulk, changeInvoice, singleInvoicing } from './invoices/send.ts';
import { reconcile } from './reconcile.ts';
import { cancelSample, invoiceSample, optInSample, reconciliationSample } from './samples.ts';
import { billManagerSettings } from './settings.ts';
import { billSettlement } from './settle/run.ts';

/** A logo in base64, or a thousand invoices. */
const MAX_BODY_BYTES = { logo: 256 * 1_024, bulk: 4 * 1_024 * 1_024 };

/** The page's path, and the one of the vendor's go-live e-mail, which has the prefix twice. */
const at = <Answer extends TObject>(
  title: string,
  acknowledgement: Answer,
  ...calls: [string, ...string[]]
) => {
  const [first, ...others] = calls.map((call) => `/v1/billmanager-invoice/${call}`);
  const paths: [string, ...string[]] = [first ?? '', ...others];
  for (const path of [...paths]) paths.push(`/v1/billmanager-invoice${path}`);
  return {
    title: `Bill Manager: ${title}`,
    method: 'POST',
    paths,
    authentication: 'bearer',
    acknowledgement,
  } as const;
};

/** Invoices that a customer gets by SMS, is reminded of, and pays to the pay bill. */
export const billManagerProduct = defineProduct({
  name: 'bill-manager',
  title: 'Bill Manager',
  family: 'billManager',
  priority: 'query',
  settings: billManagerSettings,
  errors: billErrors,
  settlement: billSettlement,
  operations: {
    optIn: operation({
      ...at('opt in', optInAnswer, 'optin'),
      request: optInRequest,
      maxBodyBytes: MAX_BODY_BYTES.logo,
      sample: optInSample,
      handler: optIn,
    }),
    changeOptIn: operation({
      ...at('change opt-in details', doneAnswer, 'change-optin-details'),
      request: changeOptInRequest,
      maxBodyBytes: MAX_BODY_BYTES.logo,
      sample: optInSample,
      handler: changeOptIn,
    }),
    single: operation({
      ...at('an invoice', invoicedAnswer, 'single-invoicing'),
      request: invoiceRequest,
      sample: invoiceSample,
      handler: singleInvoicing,
    }),
    bulk: operation({
      ...at('invoices', invoicedAnswer, 'bulk-invoicing'),
      request: invoicesRequest,
      maxBodyBytes: MAX_BODY_BYTES.bulk,
      sample: { bulk: [invoiceSample] },
      handler: bulkInvoicing,
    }),
    reconciliation: operation({
      ...at('acknowledge a payment', doneAnswer, 'reconciliation'),
      request: reconciliationRequest,
      sample: reconciliationSample,
      handler: reconcile,
    }),
    cancel: operation({
      ...at('cancel an invoice', cancelledAnswer, 'cancel-single-invoice'),
      request: cancelRequest,
      sample: cancelSample,
      handler: cancelInvoice,
    }),
    cancelBulk: operation({
      // The page has the plural, the e-mail the singular.
      ...at('cancel invoices', cancelledAnswer, 'cancel-bulk-invoices', 'cancel-bulk-invoice'),
      request: cancelsRequest,
      maxBodyBytes: MAX_BODY_BYTES.bulk,
      sample: { bulk: [cancelSample] },
      handler: cancelBulk,
    }),
    change: operation({
      ...at('change an invoice', invoicedAnswer, 'change-invoice'),
      request: invoiceRequest,
      sample: invoiceSample,
      handler: changeInvoice,
    }),
    changeBulk: operation({
      ...at('change invoices', invoicedAnswer, 'change-invoices'),
      request: invoicesRequest,
      maxBodyBytes: MAX_BODY_BYTES.bulk,
      sample: { bulk: [invoiceSample] },
      handler: changeBulk,
    }),
  },
});
