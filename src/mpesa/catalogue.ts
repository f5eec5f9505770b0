import type { Static, TObject, TSchema } from 'typebox';
import { section } from '../platform/settings.ts';
import type { Operation as ServedOperation } from '../serving/types.ts';
import { type Operation, type Product, type SettingsKey, settingsKey } from './api/define-product.ts';
import { failures } from './api/errors/failures.ts';
import type { Family } from './api/errors/families.ts';
import { apiSettings } from './api/settings.ts';
import { accountBalanceProduct } from './products/account-balance/product.ts';
import { ageOnNetworkProduct } from './products/age-on-network/product.ts';
import { b2bProduct } from './products/b2b/product.ts';
import { b2bExpressProduct } from './products/b2b-express/product.ts';
import { b2cProduct } from './products/b2c/product.ts';
import { b2pochiProduct } from './products/b2pochi/product.ts';
import { billManagerProduct } from './products/bill-manager/product.ts';
import { bongaProduct } from './products/bonga/product.ts';
import { c2bProduct } from './products/c2b/product.ts';
import { hakikishaProduct } from './products/hakikisha/product.ts';
import { imsiProduct } from './products/imsi/product.ts';
import { kycProduct } from './products/kyc/product.ts';
import { oauth } from './products/oauth/product.ts';
import { orgInfoProduct } from './products/org-info/product.ts';
import { pullProduct } from './products/pull/product.ts';
import { qrProduct } from './products/qr/product.ts';
import { reversalProduct } from './products/reversal/product.ts';
import { simSwapProduct } from './products/sim-swap/product.ts';
import { standingOrdersProduct } from './products/standing-orders/product.ts';
import { stkPushProduct } from './products/stk-push/product.ts';
import { stkQueryProduct } from './products/stk-query/product.ts';
import { taxRemittanceProduct } from './products/tax-remittance/product.ts';
import { transactionStatusProduct } from './products/transaction-status/product.ts';
import type { RequestProduct } from './requests/settlement/product.ts';
import type { OwnSettlement } from './work-queue/own-settlement.ts';

/** Every product of the API. */
export const catalogue = [
  // A line each.
  oauth,
  stkPushProduct,
  stkQueryProduct,
  accountBalanceProduct,
  c2bProduct,
  b2cProduct,
  b2pochiProduct,
  b2bProduct,
  taxRemittanceProduct,
  b2bExpressProduct,
  reversalProduct,
  transactionStatusProduct,
  orgInfoProduct,
  hakikishaProduct,
  simSwapProduct,
  imsiProduct,
  ageOnNetworkProduct,
  kycProduct,
  bongaProduct,
  qrProduct,
  pullProduct,
  standingOrdersProduct,
  billManagerProduct,
] as const satisfies readonly Product[];

type Listed = (typeof catalogue)[number];

export type ProductName = Listed['name'];

export const productNames: readonly ProductName[] = catalogue.map(({ name }) => name);

const byName = new Map<string, Product>(catalogue.map((product) => [product.name, product]));

export function productNamed(name: string): Product | undefined {
  return byName.get(name);
}

/** What workers settle in the engine of requests. */
export const settledProducts: readonly RequestProduct<MpesaSettings>[] = catalogue.flatMap((product) =>
  'settlement' in product && !('run' in product.settlement)
    ? [{ name: product.name, ...product.settlement }]
    : [],
);

/** What workers settle besides: the products whose rows are their own. */
export const ownSettlements: readonly ({ name: ProductName } & OwnSettlement<MpesaSettings>)[] =
  catalogue.flatMap((product) =>
    'settlement' in product && 'run' in product.settlement
      ? [{ name: product.name, ...product.settlement }]
      : [],
  );

/** One path of an operation, as serving admits it. */
export interface MpesaOperation extends ServedOperation {
  readonly product: ProductName;
  readonly family: Family;
  /**
   * Which field is named as missing when a body is no JSON by its content type: the first field; '' where
   * none is read.
   */
  readonly firstField: string;
}

export const operations: readonly MpesaOperation[] = catalogue.flatMap((product) =>
  Object.values(product.operations).flatMap((operation) => servedAs(product, operation)),
);

/** An operation as serving admits it, for each of its paths. */
export function servedAs(
  { name: product, priority, family }: Listed,
  { method, paths, request }: Pick<Operation<never>, 'method' | 'paths' | 'request'>,
): MpesaOperation[] {
  const [firstField = ''] = request.names;
  return paths.map((path) => ({ method, path, product, priority, family, firstField }));
}

const byPath = new Map(operations.map((operation) => [operation.path, operation]));

/** The operation at a path, whatever the method asked for. */
export function operationAt(path: string): MpesaOperation | undefined {
  return byPath.get(path);
}

type Sections = {
  [Of in Listed as Of extends { settings: TObject } ? SettingsKey<Of['name']> : never]: Of extends {
    settings: infer Section extends TSchema;
  }
    ? Section
    : never;
};

/**
 * The section `mpesa` of the configuration: what the API has, and a section for each product that has
 * settings.
 */
export const mpesaSettings = section({ ...apiSettings.properties, ...sections() }, 'The M-Pesa API.');

export type MpesaSettings = Static<typeof mpesaSettings>;

function sections(): Sections {
  const own = catalogue.flatMap((product) =>
    'settings' in product ? [[settingsKey(product.name), product.settings] as const] : [],
  );
  return Object.fromEntries(own) as Sections;
}

/** Every kind of refusal that is not ours: what the gate compares the rates of. */
export const refusalKinds: readonly string[] = [
  ...new Set(
    [
      ...Object.values(failures).map(({ blame }) => blame),
      ...catalogue.flatMap(({ errors = {} }: Product) => Object.values(errors).map(({ blame }) => blame)),
    ]
      .filter(({ fault }) => fault !== 'ours')
      .map(({ kind }) => kind),
  ),
];

/** Every code that a result may have, but for success: the gate compares their rates too. */
export const resultCodes: readonly string[] = [
  ...new Set(
    catalogue
      .flatMap((product: Product) => Object.values(product.results ?? {}))
      .map(({ code }) => String(code))
      .filter((code) => code !== '0'),
  ),
];
