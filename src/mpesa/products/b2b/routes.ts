import type { OrganisationKind } from '../../parties/accounts/accounts.ts';
import type { InitiatorRole } from '../../parties/initiators/initiators.ts';

/** From which account to which a command moves money, and who may ask for it. */
export interface Route<Role = InitiatorRole> {
  readonly from: OrganisationKind;
  readonly to: OrganisationKind;
  /** What PartyB must be; `own`: the organisation itself. */
  readonly receiver: 'paybill' | 'till' | 'any' | 'own';
  readonly role: Role;
  /** As a status query shows it. A default taken: no source says how the real one names them. */
  readonly reason: string;
}

const PAYBILL = 'Business Paybill Org API initiator';
const BUY_GOODS = 'BuyGoods Org API initiator';
const BULK = 'Org Business Pay to Bulk API';

/**
 * The commands of B2B. The first five are documented today; of the others the vendor's old list says in a
 * line what they are for, and which accounts and which role they take is a default taken from that line.
 */
export const b2bRoutes = {
  BusinessPayBill: route('working', 'utility', 'paybill', PAYBILL, 'Business Pay Bill Online'),
  BusinessBuyGoods: route('working', 'merchant', 'till', BUY_GOODS, 'Business Buy Goods Online'),
  BusinessPayToBulk: route('working', 'utility', 'paybill', BULK, 'Business Pay To Bulk'),
  BusinessTransferFromMMFToUtility: route('working', 'utility', 'own', PAYBILL, 'MMF To Utility Transfer'),
  BusinessTransferFromUtilityToMMF: route('utility', 'working', 'own', PAYBILL, 'Utility To MMF Transfer'),
  DisburseFundsToBusiness: route('utility', 'working', 'any', PAYBILL, 'Disburse Funds To Business'),
  BusinessToBusinessTransfer: route('working', 'working', 'any', PAYBILL, 'Business To Business Transfer'),
  MerchantToMerchantTransfer: route(
    'merchant',
    'merchant',
    'till',
    BUY_GOODS,
    'Merchant To Merchant Transfer',
  ),
  MerchantTransferFromMerchantToWorking: route(
    'merchant',
    'working',
    'own',
    BUY_GOODS,
    'Merchant To Working Transfer',
  ),
  MerchantServicesMMFAccountTransfer: route(
    'working',
    'working',
    'any',
    BUY_GOODS,
    'Merchant Services MMF Account Transfer',
  ),
  AgencyFloatAdvance: route('working', 'float', 'any', PAYBILL, 'Agency Float Advance'),
} as const satisfies Record<string, Route>;

/** Tax goes the same way, to one receiver, by a product of its own. */
export const taxRoute = route('working', 'utility', 'paybill', 'Tax Remittance to KRA API', 'Pay Tax To KRA');

export const b2bCommands = Object.keys(b2bRoutes) as (keyof typeof b2bRoutes)[];

/**
 * A till pays a pay bill because its operator said yes on a phone: no initiator asks. It pays from where the
 * money of its customers lies here, its store's Utility; the page says "from their owned till numbers" alone,
 * so that is a default taken.
 */
export const expressRoute: Route<null> = {
  from: 'utility',
  to: 'utility',
  receiver: 'paybill',
  role: null,
  reason: 'B2B Express Checkout',
};

/** How the request of B2B Express names its route. */
export const EXPRESS = 'B2BExpressCheckout';

const routes: Readonly<Record<string, Route<InitiatorRole | null>>> = {
  ...b2bRoutes,
  PayTaxToKRA: taxRoute,
  [EXPRESS]: expressRoute,
};

/** Of a request that a form of ours has read. */
export function routeOf({
  details: { CommandID = '' },
}: {
  details: { CommandID?: string };
}): Route<InitiatorRole | null> {
  const found = routes[CommandID];
  if (found === undefined) throw new Error(`${CommandID} is no command of B2B`);
  return found;
}

/** Who may ask for it, of the commands that an initiator gives. */
export function roleOf(request: { details: { CommandID?: string } }): InitiatorRole {
  const { role } = routeOf(request);
  if (role === null) throw new Error(`${request.details.CommandID} is asked by no initiator`);
  return role;
}

function route(
  from: OrganisationKind,
  to: OrganisationKind,
  receiver: Route['receiver'],
  role: InitiatorRole,
  reason: string,
): Route {
  return { from, to, receiver, role, reason };
}
