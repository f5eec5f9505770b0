import type { Credentials } from '../fleet/credentials.ts';
import type { Status } from '../fleet/status.ts';
import { facts, paint } from './terminal.ts';

const NOT_YET = '–';
/** The Password must agree with its Timestamp, which may be any: a command to copy can hold both. */
const TIMESTAMP = '20260101120000';

/** What `imara up` shows once everything serves: where it is, with what credentials, and what to try. */
export function overview(status: Status): string {
  const { api, testingApi, control, status: page, credentials } = status;
  const places = [
    ['API', api],
    ['testing API', testingApi],
    ['control', control],
    ['status', page],
  ].map(([title, url]): [string, string] => [`  ${title}`, url ?? NOT_YET]);
  if (api === null || credentials === null) return facts(places);
  const { consumerKey, consumerSecret, shortCode, passkey, initiatorName, initiatorPassword, certificate } =
    credentials;
  const secrets = [
    ['consumer key', consumerKey],
    ['consumer secret', consumerSecret],
    ['short code', shortCode],
    ['passkey', passkey],
    ['initiator', `${initiatorName} / ${initiatorPassword}`],
    ['certificate', certificate],
  ].map(([title, value]): [string, string] => [`  ${title}`, value ?? NOT_YET]);
  const table = facts([...places, ...secrets], (cell, column) => (column === 0 ? paint('dim', cell) : cell));
  return `\n${table}\n\n${paint('bold', 'Try next')}\n${tryNext(api, credentials).join('\n')}\n`;
}

/** Three lines to copy: ask for a payment, pay it, look around. */
export function tryNext(api: string, credentials: Credentials): string[] {
  const { consumerKey, consumerSecret, shortCode, passkey } = credentials;
  const push = JSON.stringify({
    BusinessShortCode: shortCode,
    Password: Buffer.from(shortCode + passkey + TIMESTAMP).toString('base64'),
    Timestamp: TIMESTAMP,
    TransactionType: 'CustomerPayBillOnline',
    Amount: 100,
    PartyA: '254700000005',
    PartyB: shortCode,
    PhoneNumber: '254700000005',
    CallBackURL: 'http://127.0.0.1:8080/callback',
    AccountReference: 'INV-7',
    TransactionDesc: 'Lunch',
  });
  const token =
    `curl -s -u ${consumerKey}:${consumerSecret} '${api}/oauth/v1/generate?grant_type=client_credentials'` +
    ` | sed -E 's/.*"access_token" *: *"([^"]+)".*/\\1/'`;
  return [
    `curl -s ${api}/mpesa/stkpush/v1/processrequest -H "Authorization: Bearer $(${token})"` +
      ` -H 'Content-Type: application/json' -d '${push}'`,
    'npx imara phone answer 254700000005 --pin 1234',
    'npx imara status',
  ];
}
