import { columns, facts, print, printJson, say } from '../terminal.ts';
import { type CallOptions, callLocal } from './call.ts';

interface Merchant {
  name: string;
  kind: 'paybill' | 'till';
  shortCode: string;
  partyB: string;
  consumerKey: string | null;
}

const advice = {
  taken: 'Choose another number, or leave it out: one is made up.',
  invalid_request: 'A number has 5 to 7 digits. See `npx imara merchant create --help`.',
};

export async function listMerchants(options: CallOptions): Promise<void> {
  const { merchants } = await callLocal<{ merchants: Merchant[] }>(options, 'GET', '/local/v1/merchants');
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

export async function createMerchant(
  name: string,
  options: CallOptions & { paybill?: string; till?: string; store?: string },
): Promise<void> {
  const { paybill, till, store } = options;
  const body = { name, paybill, till, store };
  const merchant = await callLocal<Merchant & { passkey: string; consumerSecret: string }>(
    options,
    'POST',
    '/local/v1/merchants',
    { body, advice },
  );
  if (options.json) return printJson(merchant);
  const { kind, shortCode, partyB, passkey, consumerKey, consumerSecret } = merchant;
  print(
    facts([
      ['TransactionType', kind === 'till' ? 'CustomerBuyGoodsOnline' : 'CustomerPayBillOnline'],
      ['BusinessShortCode', shortCode],
      ['PartyB', partyB],
      ['passkey', passkey],
      ['consumer key', consumerKey ?? ''],
      ['consumer secret', consumerSecret],
    ]),
  );
  say('Keep them now: the passkey and the secret are not shown again.');
}
