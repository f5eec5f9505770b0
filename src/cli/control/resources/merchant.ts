import { randomUUID } from 'node:crypto';
import type { MerchantPage } from '../../../control/contract/resources/directories/merchants/one.ts';
import { roleWords } from '../../../mpesa/parties/initiators/initiators.ts';
import { exitCodes, Failure } from '../../failure.ts';
import { eat } from '../../local/call.ts';
import { columns, facts, print, printJson, say } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';
import { type AccountNamesOptions, accountNamesIn, askedWhere } from './account-names.ts';

/** Pay bills and tills, with the apps that were made with them. */
export async function listMerchants(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const { merchants } = await control.call('GET /merchants', {});
  if (options.json) return printJson({ merchants });
  const rows = merchants.map(({ name, kind, shortCode, partyB, consumerKey }) => [
    name,
    kind,
    shortCode,
    partyB,
    consumerKey ?? '',
  ]);
  print(columns([['NAME', 'KIND', 'BUSINESSSHORTCODE', 'PARTYB', 'CONSUMER KEY'], ...rows]));
}

/** A merchant with an app and an initiator of its own; its credentials are shown this once. */
export async function createMerchant(
  name: string,
  options: ControlOptions & {
    paybill?: string;
    till?: string;
    store?: string;
    products?: string[];
    opening?: string;
    from?: string;
  },
): Promise<void> {
  const { paybill, till, store, products, opening: amount, from: source } = options;
  if (source !== undefined && amount === undefined)
    throw new Failure({
      what: '--from names whose money it begins with, and no amount is given.',
      fix: 'Give --opening SHILLINGS too.',
      exitCode: exitCodes.usage,
    });
  const control = await controlPlane(options);
  const wanted = amount === undefined ? undefined : { amount, ...(source !== undefined && { source }) };
  const body = { name, paybill, till, store, products, opening: wanted };
  const merchant = await control.call('POST /merchants', { body });
  if (options.json) return printJson(merchant);
  const { kind, shortCode, partyB, passkey, consumerKey, consumerSecret } = merchant;
  const { initiatorName, initiatorPassword, opening } = merchant;
  print(
    facts([
      ['TransactionType', kind === 'till' ? 'CustomerBuyGoodsOnline' : 'CustomerPayBillOnline'],
      ['BusinessShortCode', shortCode],
      ['PartyB', partyB],
      ['passkey', passkey],
      ['consumer key', consumerKey],
      ['consumer secret', consumerSecret],
      ['initiator', `${initiatorName} / ${initiatorPassword}`],
    ]),
  );
  say('Keep them now: the passkey, the secret and the password are not shown again.');
  if (opening?.moved === false)
    say(
      `It has not what it begins with: ${opening.why}. \`npx imara merchant open ${shortCode}\` tries again.`,
    );
  if (amount === undefined)
    say(
      `It has no money to pay others with: \`npx imara merchant fund ${shortCode} SHILLINGS\` brings some.`,
    );
}

/** All that is its own; no secret. */
export async function showMerchant(number: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const page = await control.call('GET /merchants/:shortCode', { params: { shortCode: number } });
  if (options.json) return printJson(page);
  printMerchant(page);
}

function printMerchant(page: MerchantPage): void {
  const { name, kind, shortCode, tills, products, validation, operator, accountNames, urls } = page;
  const { opening, accounts, initiators, apps } = page;
  print(
    facts([
      ['name', name],
      ['kind', kind],
      ['BusinessShortCode', shortCode],
      ['PartyB', tills.length === 0 ? shortCode : tills.map((till) => till.number).join(', ')],
      ['products', products.join(', ')],
      ['validation', validation ? 'on' : 'off'],
      ...(operator === null
        ? []
        : ([['operator', `${operator.id} on ${operator.nominatedNumber}`]] as [string, string][])),
      ['account names', accountNames ?? 'not asked'],
      ...(urls === null
        ? ([['URLs of C2B', 'none registered']] as [string, string][])
        : ([
            ['ConfirmationURL', urls.confirmation],
            ['ValidationURL', urls.validation],
            ['ResponseType', urls.responseType],
          ] as [string, string][])),
    ]),
  );
  print('');
  print(
    columns([
      ['ACCOUNT', 'BALANCE', 'AVAILABLE'],
      ...accounts.map(({ account, balance, available }) => [account, balance, available]),
    ]),
  );
  if (accounts.length === 0) say('No money ever moved on an account of it.');
  if (opening?.movedAt === null)
    say(
      `It was made to begin with KES ${opening.amount} each in Working and Utility, which ${opening.source} did not pay yet: \`npx imara merchant open ${shortCode}\`.`,
    );
  print('');
  print(
    columns([
      ['INITIATOR', 'STATE', 'ROLES'],
      ...initiators.map(({ username, state, lockedUntil, roles }) => [
        username,
        lockedUntil === null ? state : `${state} until ${eat(lockedUntil)}`,
        rolesText(roles),
      ]),
    ]),
  );
  print('');
  print(
    columns([
      ['APP', 'NAME', 'STATE', 'CONSUMER KEY', 'PRODUCTS'],
      ...apps.map(({ id, name, state, consumerKey, products }) => [
        id,
        name,
        state,
        consumerKey,
        products?.join(', ') ?? 'all',
      ]),
    ]),
  );
  if (apps.length === 0) say(`\`npx imara merchant app ${shortCode} NAME\` makes an app for it.`);
}

/** By the words that `initiator roles` takes. */
function rolesText(roles: readonly string[]): string {
  const all = Object.entries(roleWords);
  if (roles.length === 0) return 'none';
  if (roles.length === all.length) return 'all';
  return all
    .filter(([, role]) => roles.includes(role))
    .map(([word]) => word)
    .join(',');
}

export async function editMerchant(
  number: string,
  options: ControlOptions &
    AccountNamesOptions & {
      name?: string;
      products?: string[];
      validation?: 'on' | 'off';
      nominatedNumber?: string;
      operator?: string;
    },
): Promise<void> {
  const { name, products, validation, nominatedNumber, operator: id } = options;
  if ((nominatedNumber === undefined) !== (id === undefined))
    throw new Failure({
      what: 'A nominated number and its operator come together.',
      fix: 'Give --nominated-number MSISDN and --operator ID.',
      exitCode: exitCodes.usage,
    });
  const operator = nominatedNumber === undefined || id === undefined ? undefined : { nominatedNumber, id };
  const accountNames = await accountNamesIn(options);
  const control = await controlPlane(options);
  const asked = validation === undefined ? undefined : validation === 'on';
  const body = { name, products, validation: asked, operator, accountNames };
  const edited = await control.call('POST /merchants/:shortCode', { params: { shortCode: number }, body });
  if (options.json) return printJson(edited);
  print(
    `${edited.shortCode} ${edited.name}: ${edited.products.join(', ')}; validation ${edited.validation ? 'on' : 'off'}`,
  );
  if (validation === 'on' && edited.urls === null)
    say('It registered no URLs yet: nothing is asked until it does.');
  if (accountNames !== undefined) say(askedWhere(edited.accountNames));
}

/** What it was made to begin with; again, nothing more. */
export async function openMerchant(number: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const params = { shortCode: number };
  const opened = await control.call('POST /merchants/:shortCode/opening', { params, body: {} });
  if (options.json) return printJson(opened);
  print(
    `KES ${opened.amount} from ${opened.source} to each of ${opened.shortCode}/working and ${opened.shortCode}/utility`,
  );
}

/** Prints the passkey, which nobody can see again. */
export async function rotatePasskey(
  number: string,
  options: ControlOptions & { grace: number },
): Promise<void> {
  const control = await controlPlane(options);
  const rotated = await control.call('POST /merchants/:shortCode/passkey', {
    params: { shortCode: number },
    body: { graceSeconds: Math.round(options.grace * 3_600) },
  });
  if (options.json) return printJson(rotated);
  print(rotated.passkey);
  const { formerUntil } = rotated;
  say(
    `It is the new passkey of ${rotated.shortCode}, shown this once. The one before it is ${formerUntil === null ? 'wrong from now on' : `taken until ${eat(formerUntil)}`}.`,
  );
}

/** From a named account; the id makes that a repetition moves nothing. */
export async function fundMerchant(
  number: string,
  amount: string,
  options: ControlOptions & { to: string; from: string },
): Promise<void> {
  const { to: account, from: source } = options;
  const control = await controlPlane(options);
  const body = { id: randomUUID(), account, amount, source };
  const moved = await control.call('POST /merchants/:shortCode/money', {
    params: { shortCode: number },
    body,
  });
  if (options.json) return printJson(moved);
  print(`KES ${moved.amount} from ${moved.source} to ${moved.account}, which has ${moved.balance} now`);
}

export async function addApp(number: string, name: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const params = { shortCode: number };
  const app = await control.call('POST /merchants/:shortCode/apps', { params, body: { name } });
  if (options.json) return printJson(app);
  print(
    facts([
      ['app', app.id],
      ['consumer key', app.consumerKey],
      ['consumer secret', app.consumerSecret],
    ]),
  );
  say('Keep the secret now: it is not shown again. `npx imara app rotate` gives another one.');
}

/** To a file with `> certificate.pem`. */
export async function showCertificate(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const shown = await control.call('GET /certificate', {});
  if (options.json) return printJson(shown);
  print(shown.certificate.trimEnd());
  say(`${shown.subject}, SHA-256 ${shown.sha256}, until ${shown.validUntil.slice(0, 10)}.`);
}
