import { exitCodes, Failure } from '../failure.ts';
import { type CallOptions, callLocal, eat } from '../local/call.ts';
import { columns, paint, print, printJson, say } from '../terminal/terminal.ts';

interface Phone {
  msisdn: string;
  name: string;
  behaviour: string;
  seeded: boolean;
  locked: boolean;
}

interface PhoneDetails extends Phone {
  balance: string | null;
  prompt: { id: string; text: string; shownAt: string; expiresAt: string; asksOperator: boolean } | null;
  sms: { id: string; text: string; at: string }[];
}

export async function listPhones(options: CallOptions): Promise<void> {
  const { phones } = await call<{ phones: Phone[] }>(options, 'GET', '/phones');
  if (options.json) return printJson({ phones });
  print(columns([['MSISDN', 'NAME', 'BEHAVIOUR', ''], ...phones.map(row)]));
}

export async function showPhone(msisdn: string, options: CallOptions): Promise<void> {
  const phone = await call<PhoneDetails>(options, 'GET', `/phones/${encodeURIComponent(msisdn)}`);
  if (options.json) return printJson(phone);
  const { balance, prompt, sms } = phone;
  print(columns([row(phone)]));
  print(`balance  ${balance === null ? 'not known: nothing was paid yet' : `KES ${balance}`}`);
  print(
    prompt === null
      ? 'no prompt on the screen'
      : `${paint('bold', prompt.text)}\nuntil ${eat(prompt.expiresAt)}`,
  );
  for (const { at, text } of sms) print(`${paint('dim', eat(at))}  ${text}`);
  if (prompt === null) return;
  const operator = prompt.asksOperator ? '--operator ID ' : '';
  say(`Answer it: npx imara phone answer ${msisdn} ${operator}--pin 1234 (or --cancel, --ignore)`);
}

export async function answerPhone(
  msisdn: string,
  options: CallOptions & { pin?: string; operator?: string; cancel?: true; ignore?: true },
): Promise<void> {
  const { pin, operator, cancel, ignore } = options;
  const answers = [pin !== undefined && { pin, operator }, cancel && { cancel }, ignore && { ignore }].filter(
    Boolean,
  );
  if (answers.length !== 1) {
    throw new Failure({
      what: 'How should the phone be answered?',
      fix: 'Give one of --pin PIN, --cancel and --ignore.',
      exitCode: exitCodes.usage,
    });
  }
  const path = `/phones/${encodeURIComponent(msisdn)}/answer`;
  const answered = await call<{ outcome: string }>(options, 'POST', path, answers[0]);
  if (options.json) return printJson(answered);
  print(answered.outcome);
}

export async function setPhone(
  msisdn: string,
  options: CallOptions & { name?: string; behaviour?: string; pin?: string; unlock?: true; balance?: string },
): Promise<void> {
  const { name, behaviour, pin, unlock, balance } = options;
  const changes = { name, behaviour, pin, unlock, balance: balance?.replaceAll(',', '') };
  const phone = await call<Phone>(options, 'PATCH', `/phones/${encodeURIComponent(msisdn)}`, changes);
  if (options.json) return printJson(phone);
  print(columns([row(phone)]));
}

/** What can be chosen in the menu of a phone, and what it takes. */
export interface Ordered {
  outcome: 'paid' | 'refused' | 'pending' | 'wrong_pin' | 'pin_locked';
  payment: { receipt: string | null; resultCode: number | string | null; resultDesc: string | null } | null;
  balance: string | null;
}

/** Whose an account of a pay bill is. */
export interface AccountName {
  outcome: 'found' | 'unknown' | 'not_answered' | 'not_asked';
  name: string | null;
  reason: string | null;
}

/** As on a phone: first whose the account is, then the PIN. Who does not answer keeps nobody from paying. */
export async function payBillOnPhone(
  msisdn: string,
  { to, account, amount }: { to: string; account: string; amount: number },
  options: CallOptions & { pin: string; anyway?: true },
): Promise<void> {
  const query = new URLSearchParams({ to, account });
  const path = `/phones/${encodeURIComponent(msisdn)}/menu/account-name?${query}`;
  const told = await call<AccountName>(options, 'GET', path);
  if (told.outcome === 'unknown' && !options.anyway)
    throw new Failure({
      what: `${to} has no account ${account}: nothing was paid.`,
      why: told.reason === null ? 'The merchant says so.' : `The merchant says: ${told.reason}`,
      fix: 'Give another account; --anyway pays all the same.',
      exitCode: exitCodes.refused,
    });
  if (!options.json && told.outcome === 'found') print(`Account ${account} of ${told.name}`);
  if (!options.json && told.outcome === 'not_answered')
    say(`${to} did not say whose account ${account} is, so it is paid without: ${told.reason}.`);
  return orderOnPhone(msisdn, { item: 'pay_bill', to, account, amount }, options, { accountName: told });
}

/** `beside`: what `--json` has besides. */
export async function orderOnPhone(
  msisdn: string,
  order: { item: string; to: string; account?: string; amount: number },
  options: CallOptions & { pin: string },
  beside: object = {},
): Promise<void> {
  const path = `/phones/${encodeURIComponent(msisdn)}/menu`;
  const ordered = await call<Ordered>(options, 'POST', path, { ...order, pin: options.pin });
  if (options.json) return printJson({ ...ordered, ...beside });
  const { outcome, payment, balance } = ordered;
  const why = outcome === 'refused' ? `: ${payment?.resultCode} ${payment?.resultDesc}` : '';
  print([outcome, payment?.receipt].filter(Boolean).join(' ') + why);
  if (balance !== null) print(`balance  KES ${balance}`);
}

function row({ msisdn, name, behaviour, locked }: Phone): string[] {
  return [msisdn, name, behaviour, locked ? 'PIN locked' : ''];
}

const advice: Record<string, string> = {
  invalid_request:
    'A number is 12 digits and starts with 2547 or 2541, such as 254700000005. For the rest see `npx imara phone --help`.',
  switched_off: 'Choose another number, or `npx imara phone set MSISDN --behaviour pays`.',
  operator: '`npx imara phone show MSISDN` shows what is asked; the operator of the till 5000100 is 1001.',
  no_open_prompt: 'Send a push to it first; `npx imara phone show MSISDN` shows its screen.',
};

function call<T>(options: CallOptions, method: string, path: string, body?: unknown): Promise<T> {
  return callLocal<T>(options, method, `/handset/v1${path}`, { body, advice });
}
