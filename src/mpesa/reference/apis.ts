/** An API of the vendor's, and whether it is here. */
export interface VendorApi {
  name: string;
  paths: readonly string[];
  built: boolean;
}

const built = (name: string, ...paths: string[]): VendorApi => ({ name, paths, built: true });
const missing = (name: string, ...paths: string[]): VendorApi => ({ name, paths, built: false });

const billManager = [
  'optin',
  'change-optin-details',
  'single-invoicing',
  'bulk-invoicing',
  'reconciliation',
  'cancel-single-invoice',
  'cancel-bulk-invoices',
  'change-invoice',
  'change-invoices',
].map((call) => `/v1/billmanager-invoice/${call}`);

/** Every API that the vendor documents; a test holds `built` and the operations together. */
export const vendorApis: readonly VendorApi[] = [
  built('OAuth token', '/oauth/v1/generate'),
  built('M-Pesa Express (STK push)', '/mpesa/stkpush/v1/processrequest'),
  built('M-Pesa Express query', '/mpesa/stkpushquery/v1/query'),
  missing('C2B register URL', '/mpesa/c2b/v1/registerurl', '/mpesa/c2b/v2/registerurl'),
  missing('C2B simulate', '/mpesa/c2b/v1/simulate', '/mpesa/c2b/v2/simulate'),
  missing('B2C', '/mpesa/b2c/v1/paymentrequest', '/mpesa/b2c/v3/paymentrequest'),
  missing('B2C to Pochi', '/mpesa/b2pochi/v1/paymentrequest'),
  missing('B2B', '/mpesa/b2b/v1/paymentrequest'),
  missing('Tax remittance', '/mpesa/b2b/v1/remittax'),
  missing('B2B Express', '/v1/ussdpush/get-msisdn'),
  missing('Transaction status', '/mpesa/transactionstatus/v1/query'),
  missing('Account balance', '/mpesa/accountbalance/v1/query'),
  missing('Reversal', '/mpesa/reversal/v1/request'),
  missing('Dynamic QR', '/mpesa/qrcode/v1/generate'),
  missing('Ratiba standing order', '/standingorder/v1/createStandingOrderExternal'),
  missing('Pull transactions', '/pulltransactions/v1/register', '/pulltransactions/v1/query'),
  missing('Bill Manager', ...billManager),
  missing('Query org info', '/sfcverify/v1/query/info'),
  missing('B2C Hakikisha', '/mpesa/b2c/hakikisha/v1/hakikisha'),
  missing('SIM swap', '/imsi/v2/checkATI'),
  missing('IMSI', '/imsi/v1/checkATI'),
  missing('Age on network', '/registration/lookup/v1/checkATI'),
  missing('Mobile number validation', '/v1/KYC-validation/validateID'),
  missing('Lipa na Bonga', '/v1/lipa/na/bonga/calculate-points', '/v1/lipa/na/bonga/redeem-paybill'),
];

const unbuilt = new Map(
  vendorApis.filter((api) => !api.built).flatMap(({ name, paths }) => paths.map((path) => [path, name])),
);

/** The API that the vendor has at a path and that is not here; `undefined`: it is here, or nobody has it. */
export function unbuiltApi(path: string): string | undefined {
  return unbuilt.get(path);
}
