import { columns, facts, print, printJson, say } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';

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
  options: ControlOptions & { paybill?: string; till?: string; store?: string },
): Promise<void> {
  const { paybill, till, store } = options;
  const control = await controlPlane(options);
  const merchant = await control.call('POST /merchants', { body: { name, paybill, till, store } });
  if (options.json) return printJson(merchant);
  const { kind, shortCode, partyB, passkey, consumerKey, consumerSecret } = merchant;
  const { initiatorName, initiatorPassword } = merchant;
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
}

/** Whether payments of customers are asked of its ValidationURL first. */
export async function setMerchant(
  shortCode: string,
  { validation, ...options }: ControlOptions & { validation: 'on' | 'off' },
): Promise<void> {
  const control = await controlPlane(options);
  const params = { shortCode };
  const body = { validation: validation === 'on' };
  const set = await control.call('POST /merchants/:shortCode/validation', { params, body });
  if (options.json) return printJson(set);
  print(`${set.shortCode} validation ${set.validation ? 'on' : 'off'}`);
}
