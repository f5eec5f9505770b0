import type { Family } from './errors/families.ts';

// What the vendor has, whether or not it is here: a request for something that is not is answered as the
// vendor's API would.

interface VendorApi {
  name: string;
  paths: readonly string[];
}

const api = (name: string, ...paths: string[]): VendorApi => ({ name, paths });

const billManager = [
  'optin',
  'change-optin-details',
  'single-invoicing',
  'bulk-invoicing',
  'reconciliation',
  'cancel-single-invoice',
  'cancel-bulk-invoices',
  'cancel-bulk-invoice',
  'change-invoice',
  'change-invoices',
].map((call) => `/v1/billmanager-invoice/${call}`);
/** The vendor's go-live e-mail has the prefix of each twice. */
const twice = billManager.map((path) => `/v1/billmanager-invoice${path}`);

/** Every API that the vendor documents. What is built of them the catalogue knows. */
export const vendorApis: readonly VendorApi[] = [
  api('OAuth token', '/oauth/v1/generate'),
  api('M-Pesa Express (STK push)', '/mpesa/stkpush/v1/processrequest'),
  api('M-Pesa Express query', '/mpesa/stkpushquery/v1/query'),
  api('C2B register URL', '/mpesa/c2b/v1/registerurl', '/mpesa/c2b/v2/registerurl'),
  api('C2B simulate', '/mpesa/c2b/v1/simulate', '/mpesa/c2b/v2/simulate'),
  api('B2C', '/mpesa/b2c/v1/paymentrequest', '/mpesa/b2c/v3/paymentrequest'),
  api('B2C to Pochi', '/mpesa/b2pochi/v1/paymentrequest'),
  api('B2B', '/mpesa/b2b/v1/paymentrequest'),
  api('Tax remittance', '/mpesa/b2b/v1/remittax'),
  api('B2B Express', '/v1/ussdpush/get-msisdn'),
  api('Transaction status', '/mpesa/transactionstatus/v1/query'),
  api('Account balance', '/mpesa/accountbalance/v1/query'),
  api('Reversal', '/mpesa/reversal/v1/request'),
  api('Dynamic QR', '/mpesa/qrcode/v1/generate'),
  api('Ratiba standing order', '/standingorder/v1/createStandingOrderExternal'),
  api('Pull transactions', '/pulltransactions/v1/register', '/pulltransactions/v1/query'),
  api('Bill Manager', ...billManager, ...twice),
  api('Query org info', '/sfcverify/v1/query/info'),
  api('B2C Hakikisha', '/mpesa/b2c/hakikisha/v1/hakikisha'),
  api('SIM swap', '/imsi/v2/checkATI'),
  api('IMSI', '/imsi/v1/checkATI', '/imsi/v3/checkATI'),
  api('Age on network', '/registration/lookup/v1/checkATI'),
  api('Mobile number validation', '/v1/KYC-validation/validateID'),
  api('Lipa na Bonga', '/v1/lipa/na/bonga/calculate-points', '/v1/lipa/na/bonga/redeem-paybill'),
];

/** What the vendor asks of a merchant, below a URL of the merchant's. All of them are built. */
export const merchantApis: readonly VendorApi[] = [
  api('C2B Hakikisha (inbound)', '/auth/v1/generate', '/c2b_hakikisha/v1/notify'),
];

const byPath = new Map(vendorApis.flatMap(({ name, paths }) => paths.map((path) => [path, name])));

/** The API that the vendor has at a path; `undefined`: nobody has it. */
export function apiOfPath(path: string): string | undefined {
  return byPath.get(path);
}

/**
 * Which family answers below a path, whether or not something is there. The first that fits; an API has one
 * or more.
 */
const familyPaths: readonly [prefix: string, Family][] = [
  ['/oauth/', 'stk'],
  ['/mpesa/stkpush/', 'stk'],
  ['/mpesa/stkpushquery/', 'stk'],
  ['/mpesa/reversal/', 'stk'],
  ['/mpesa/b2c/hakikisha/', 'pull'],
  ['/mpesa/b2c/', 'b2c'],
  ['/mpesa/b2pochi/', 'b2c'],
  ['/mpesa/accountbalance/', 'b2c'],
  ['/mpesa/c2b/', 'c2b'],
  ['/mpesa/b2b/', 'c2b'],
  ['/mpesa/transactionstatus/', 'c2b'],
  ['/mpesa/qrcode/', 'c2b'],
  ['/pulltransactions/', 'pull'],
  ['/sfcverify/', 'pull'],
  ['/imsi/', 'subscriber'],
  ['/registration/lookup/', 'subscriber'],
  ['/v1/KYC-validation/', 'subscriber'],
  ['/v1/billmanager-invoice/', 'billManager'],
  ['/v1/ussdpush/', 'stk'],
  ['/v1/lipa/na/bonga/', 'bonga'],
  ['/standingorder/', 'ratiba'],
];

/** `undefined`: the path is outside every API. */
export function familyOfPath(path: string): Family | undefined {
  return familyPaths.find(([prefix]) => path.startsWith(prefix))?.[1];
}
