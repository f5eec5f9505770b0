import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Mpesa from 'mpesa-node';
import { startReceiver } from '../mpesa/receiver.ts';
import { startStack } from '../stack/stack.ts';
import { until } from '../until.ts';

// Two clients of npm, as their users have them, through every method that they have: the vendor's own with
// its base URL changed, and another with the vendor's host built in.

const stack = await startStack();
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});
const { api, credentials } = await stack.status();
const { apiTls, certificate: ca } = JSON.parse(await stack.imara('certs', '--json'));
const { consumerKey, consumerSecret, passkey, shortCode, certificate } = credentials;
/** The vendor's public short codes and their initiator. */
const [PAYER, PAYEE] = [600996, 600000];
const initiator = { name: 'testapi', password: 'Safaricom999!*!' };
const PHONE = 254700000001;
const url = receiver.url;

type Body = Record<string, unknown>;

/** What the receiver got, once it fits. */
const told = (what: string, fits: (body: Body) => boolean) =>
  until(what, () => receiver.received.map(({ body }) => body as Body).find(fits));

async function resultOf({ ConversationID, ResponseDescription }: Body): Promise<Body> {
  assert.equal(ResponseDescription, 'Accept the service request successfully.');
  const { Result } = await told(
    'its result',
    ({ Result }) => Object(Result).ConversationID === ConversationID,
  );
  return Result as Body;
}

/** Each method of a client, whatever it calls them; an answer's body. */
interface Calls {
  token?(): Promise<Body>;
  push(shillings: number, reference: string): Promise<Body>;
  query(checkoutRequestId: unknown): Promise<Body>;
  register(): Promise<Body>;
  simulate(shillings: number, reference: string): Promise<Body>;
  b2c(shillings: number): Promise<Body>;
  b2b?(shillings: number): Promise<Body>;
  balance(): Promise<Body>;
  status(receipt: unknown): Promise<Body>;
  reversal(receipt: unknown, shillings: number): Promise<Body>;
}

async function everyMethod(client: Calls, shillings: number, reference: string): Promise<void> {
  if (client.token !== undefined) assert.match(String((await client.token()).access_token), /^\w{28}$/);

  const pushed = await client.push(shillings, reference);
  assert.equal(pushed.CustomerMessage, 'Success. Request accepted for processing');
  const id = pushed.CheckoutRequestID;
  const callback = await told('the callback', (body) => stkOf(body).CheckoutRequestID === id);
  assert.equal(stkOf(callback).ResultCode, 0);
  assert.equal((await client.query(id)).ResultCode, '0');

  assert.match(String((await client.register()).ResponseDescription), /^success$/i);
  const simulated = await client.simulate(shillings, reference);
  assert.equal(simulated.ResponseDescription, 'Accept the service request successfully.');
  const paid = await told(
    'the confirmation',
    (body) => body.BillRefNumber === reference && body.TransID !== '',
  );
  assert.equal(paid.TransAmount, `${shillings}.00`);

  const sent = await resultOf(await client.b2c(shillings));
  assert.equal(sent.ResultCode, 0, JSON.stringify(sent));
  if (client.b2b !== undefined) {
    const moved = await resultOf(await client.b2b(shillings));
    assert.equal(moved.ResultCode, '0', JSON.stringify(moved));
  }
  const balance = await resultOf(await client.balance());
  assert.match(JSON.stringify(balance.ResultParameters), /Utility Account\|KES\|/);

  const status = await resultOf(await client.status(paid.TransID));
  assert.match(JSON.stringify(status.ResultParameters), /"TransactionStatus","Value":"Completed"/);
  const reversed = await resultOf(await client.reversal(paid.TransID, shillings));
  assert.equal(reversed.ResultCode, 0, JSON.stringify(reversed));
  const again = await resultOf(await client.reversal(paid.TransID, shillings));
  assert.equal(again.ResultCode, 'R000001');
}

function stkOf(body: Body): Body {
  return Object(Object(body.Body).stkCallback);
}

test('the vendor’s client mpesa-node, through every method that it has', async () => {
  const client = new Mpesa({
    consumerKey,
    consumerSecret,
    initiatorName: initiator.name,
    securityCredential: initiator.password,
    certPath: certificate,
    lipaNaMpesaShortCode: Number(shortCode),
    lipaNaMpesaShortPass: passkey,
  });
  client.baseURL = api;
  const data = async (answer: Promise<{ data: Body }>) => (await answer).data;
  await everyMethod(
    {
      token: () => data(client.oAuth()),
      push: (shillings, reference) => data(client.lipaNaMpesaOnline(PHONE, shillings, url, reference)),
      query: (id) => data(client.lipaNaMpesaQuery(String(id))),
      register: () => data(client.c2bRegister(url, url, PAYER)),
      simulate: (shillings, reference) =>
        data(client.c2bSimulate(PHONE, shillings, reference, 'CustomerPayBillOnline', PAYER)),
      b2c: (shillings) => data(client.b2c(PAYER, PHONE, shillings, url, url)),
      b2b: (shillings) => data(client.b2b(PAYER, PAYEE, shillings, url, url)),
      balance: () => data(client.accountBalance(PAYER, 4, url, url)),
      status: (receipt) => data(client.transactionStatus(String(receipt), PAYER, 4, url, url)),
      reversal: (receipt, shillings) => data(client.reversal(String(receipt), shillings, url, url, PAYER)),
    },
    120,
    'NODE-1',
  );
});

test('the client mpesa-api with the vendor’s host built in, over TLS, through every method that it has', async () => {
  const given = {
    clientKey: consumerKey,
    clientSecret: consumerSecret,
    initiatorPassword: initiator.password,
    certificatePath: certificate,
  };
  const child = fork(join('test', 'clients', 'mpesa-api.ts'), [JSON.stringify(given)], {
    execArgv: ['--import', `./${join('test', 'clients', 'hosts-entry.ts')}`],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ca, IMARA_TEST_TLS_PORT: new URL(apiTls).port },
  });
  after(() => child.kill());
  const answer = async (): Promise<Body> => {
    const [body] = await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
    return body;
  };
  assert.equal(await answer(), 'ready');
  const call = (method: string, body: object) => {
    child.send({ method, body });
    return answer();
  };
  const urls = { QueueTimeOutURL: url, ResultURL: url };
  const asked = { Initiator: initiator.name, ...urls };
  const paybill = { BusinessShortCode: Number(shortCode), passKey: passkey };
  await everyMethod(
    {
      push: (Amount, AccountReference) =>
        call('lipaNaMpesaOnline', {
          ...paybill,
          Amount,
          PartyA: String(PHONE),
          PartyB: shortCode,
          PhoneNumber: String(PHONE),
          CallBackURL: url,
          AccountReference,
        }),
      query: (CheckoutRequestID) => call('lipaNaMpesaQuery', { ...paybill, CheckoutRequestID }),
      register: () =>
        call('c2bRegister', {
          ShortCode: PAYER,
          ConfirmationURL: url,
          ValidationURL: url,
          ResponseType: 'Completed',
        }),
      simulate: (Amount, BillRefNumber) =>
        call('c2bSimulate', {
          ShortCode: PAYER,
          CommandID: 'CustomerPayBillOnline',
          Amount,
          Msisdn: PHONE,
          BillRefNumber,
        }),
      b2c: (Amount) =>
        call('b2c', {
          ...asked,
          CommandID: 'BusinessPayment',
          Amount,
          PartyA: String(PAYER),
          PartyB: String(PHONE),
          Remarks: 'refund',
        }),
      balance: () =>
        call('accountBalance', {
          ...asked,
          CommandID: 'AccountBalance',
          PartyA: String(PAYER),
          IdentifierType: '4',
        }),
      status: (TransactionID) =>
        call('transactionStatus', { ...asked, TransactionID, PartyA: String(PAYER), IdentifierType: '4' }),
      reversal: (TransactionID, Amount) =>
        call('reversal', {
          ...asked,
          CommandID: 'TransactionReversal',
          TransactionID,
          Amount,
          ReceiverParty: String(PAYER),
          RecieverIdentifierType: '11',
        }),
    },
    75,
    'API-1',
  );
});

test('the books prove all of it', async () => {
  assert.match(await stack.imara('ledger', 'check'), /\S/);
});
