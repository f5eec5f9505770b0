import { sandboxTill } from '../../mpesa/parties/sandbox.ts';
import type { Status } from '../../supervisor/status.ts';
import { facts, paint } from '../terminal/terminal.ts';

const NOT_YET = '–';
/** Of a secret as much is shown as tells two of them apart. */
const SHOWN = 4;

/** What `imara up` shows once everything serves: where it is, with what credentials, and what to try. */
export function overview(status: Status, showSecrets = false): string {
  const { api, testingApi, control, status: page, credentials } = status;
  const places = [
    ['API', api],
    ['testing API', testingApi],
    ['control', control],
    ['status page', page === null ? null : `${page}/`],
  ].map(([title, url]): [string, string] => [`  ${title}`, url ?? NOT_YET]);
  if (api === null || credentials === null) return facts(places);
  const { consumerKey, consumerSecret, shortCode, passkey, initiatorName, initiatorPassword, certificate } =
    credentials;
  const secret = (text: string) => (showSecrets ? text : `${text.slice(0, SHOWN)}••••`);
  const secrets = [
    ['consumer key', secret(consumerKey)],
    ['consumer secret', secret(consumerSecret)],
    ['short code', shortCode],
    ['till', `${sandboxTill.till}, store number ${sandboxTill.store}`],
    ['passkey', secret(passkey)],
    ['initiator', `${initiatorName} / ${secret(initiatorPassword)}`],
    ['certificate', certificate],
  ].map(([title, value]): [string, string] => [`  ${title}`, value ?? NOT_YET]);
  const table = facts([...places, ...secrets], (cell, column) => (column === 0 ? paint('dim', cell) : cell));
  const hint = showSecrets
    ? ''
    : `\n${paint('dim', '  npx imara up --show-secrets prints the credentials whole')}`;
  const tries = facts(tryNext.map(([command, what]) => [`  ${command}`, what]));
  return `\n${table}${hint}\n\n${paint('bold', 'Try next, in another terminal')}\n${tries}\n`;
}

/** The first payment: ask for it, answer the phone, look at what there is. */
export const tryNext = [
  ['npx imara pay 254700000005 100', 'asks for a payment, and shows what happens'],
  ['npx imara phone answer 254700000005 --pin 1234', 'pays it (from a third terminal)'],
  ['npx imara status', 'what runs, and where'],
] as const;
