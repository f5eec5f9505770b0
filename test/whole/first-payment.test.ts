import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isDeepStrictEqual, promisify } from 'node:util';
import Mpesa from 'mpesa-node';
import { startReceiver } from '../mpesa/receiver.ts';
import { metricsIn } from '../stack/metric-names.ts';
import { openWatchedBy } from '../stack/prometheus.ts';
import { startStack } from '../stack/stack.ts';
import { until } from '../until.ts';

// The official npm client, as its users have it: only its base URL is changed.

const stack = await startStack();
const [receiver, results] = [await startReceiver(), await startReceiver()];
after(async () => {
  await Promise.all([receiver.close(), results.close()]);
  await stack.close();
});
const { api, credentials } = await stack.status();
const client = new Mpesa({
  consumerKey: credentials.consumerKey,
  consumerSecret: credentials.consumerSecret,
  initiatorName: credentials.initiatorName,
  securityCredential: credentials.initiatorPassword,
  certPath: credentials.certificate,
  lipaNaMpesaShortCode: Number(credentials.shortCode),
  lipaNaMpesaShortPass: credentials.passkey,
});
client.baseURL = api;

interface StkCallback {
  Body: {
    stkCallback: {
      MerchantRequestID: string;
      CheckoutRequestID: string;
      ResultCode: number;
      ResultDesc: string;
      CallbackMetadata?: { Item: { Name: string; Value?: unknown }[] };
    };
  };
}

const callbackOf = (checkoutRequestId: string) =>
  until(`the callback of ${checkoutRequestId}`, () => {
    const bodies = receiver.received.map(({ body }) => (body as StkCallback).Body.stkCallback);
    return bodies.find(({ CheckoutRequestID }) => CheckoutRequestID === checkoutRequestId);
  });

test('the official client mpesa-node takes a payment end to end', async () => {
  const { status, data } = await client.lipaNaMpesaOnline(254700000001, 150, receiver.url, 'INV-7');
  assert.equal(status, 200);
  assert.equal(data.ResponseCode, '0');
  assert.equal(data.CustomerMessage, 'Success. Request accepted for processing');

  const callback = await callbackOf(String(data.CheckoutRequestID));
  assert.equal(callback.MerchantRequestID, data.MerchantRequestID);
  assert.equal(callback.ResultCode, 0);
  assert.equal(callback.ResultDesc, 'The service request is processed successfully.');
  const items = Object.fromEntries(
    (callback.CallbackMetadata?.Item ?? []).map(({ Name, Value }) => [Name, Value]),
  );
  assert.equal(items.Amount, 150);
  assert.equal(items.PhoneNumber, 254700000001);
  assert.match(String(items.MpesaReceiptNumber), /^[A-Z]{2}[1-9A-V][0-9A-Z]{7}$/);
  assert.match(String(items.TransactionDate), /^\d{14}$/);

  const query = await client.lipaNaMpesaQuery(String(data.CheckoutRequestID));
  assert.equal(query.data.ResultCode, '0');
  await wayInLogs(String(data.CheckoutRequestID), String(items.MpesaReceiptNumber));
  assert.match(await stack.imara('ledger', 'check'), /\S/);
});

test('the same client asks what the short code holds, and is told by a callback', async () => {
  const { data } = await client.accountBalance(Number(credentials.shortCode), 4, results.url, results.url);
  assert.equal(data.ResponseDescription, 'Accept the service request successfully.');
  const result = await until('it is told', () =>
    results.received
      .map(({ body }) => (body as { Result?: Record<string, unknown> }).Result)
      .find((told) => told?.ConversationID === data.ConversationID),
  );
  assert.equal(result.ResultCode, '0');
  assert.match(
    JSON.stringify(result.ResultParameters),
    /&Utility Account\|KES\|150\.00\|150\.00\|0\.00\|0\.00&/,
  );
  assert.match(await stack.imara('callbacks', 'show', String(data.ConversationID)), /delivered/);
  const logged = await stack.imara('logs', '--payment', String(data.ConversationID));
  assert.match(logged, /request accepted[\s\S]*a request has its result/);
});

/**
 * The log tells it from the API to the receiver, by the id that the client has and by the receipt that the
 * subscriber has.
 */
async function wayInLogs(checkout: string, receipt: string): Promise<void> {
  const about = async (id: string) => {
    const text = await stack.imara('logs', '--payment', id, '--json');
    return text
      .trimEnd()
      .split('\n')
      .map((line): { process: string; message: string; fields: Record<string, unknown> } => JSON.parse(line));
  };
  const lines = await until('the delivery is in the log', async () => {
    const all = await about(checkout);
    return all.some(({ message }) => message === 'callback delivered') && all;
  });
  assert.deepEqual(
    lines.map(({ process, message }) => `${process.replace(/-\d$/, '')}: ${message}`),
    ['api: push accepted', 'worker: the phone asks', 'worker: paid', 'worker: callback delivered'],
  );
  assert.ok(lines.every(({ fields }) => fields.CheckoutRequestID === checkout));
  assert.equal(lines[2]?.fields.receipt, receipt);
  assert.deepEqual(await about(receipt), lines);
}

test("the same client with the vendor's host built in takes a payment over TLS", async () => {
  const { apiTls, certificate } = JSON.parse(await stack.imara('certs', '--json'));
  const directory = join('test', 'clients');
  const { consumerKey, consumerSecret, shortCode, passkey } = credentials;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      `./${join(directory, 'hosts-entry.ts')}`,
      join(directory, 'mpesa-node.ts'),
      ...[consumerKey, consumerSecret, shortCode, passkey, receiver.url],
    ],
    {
      timeout: 30_000,
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: certificate,
        IMARA_TEST_TLS_PORT: new URL(apiTls).port,
      },
    },
  );
  const { asked, data } = JSON.parse(stdout);
  assert.equal(asked, 'https://sandbox.safaricom.co.ke');
  assert.equal(data.ResponseCode, '0');
  assert.equal((await callbackOf(data.CheckoutRequestID)).ResultCode, 0);
});

test('a push waits for a person, who answers from the command line', async () => {
  const { data } = await client.lipaNaMpesaOnline(254700000005, 20, receiver.url, 'INV-8');
  await until('the prompt is on the phone', async () =>
    (await stack.imara('phone', 'show', '254700000005', '--json')).includes('INV-8'),
  );
  const waiting = await client.lipaNaMpesaQuery(String(data.CheckoutRequestID));
  assert.equal(waiting.data.ResultCode, '4999');
  await stack.imara('phone', 'answer', '254700000005', '--pin', '1234');
  assert.equal((await callbackOf(String(data.CheckoutRequestID))).ResultCode, 0);
});

test('the subscriber with too little money is refused with result 1', async () => {
  const { data } = await client.lipaNaMpesaOnline(254700000002, 10, receiver.url, 'INV-9');
  const callback = await callbackOf(String(data.CheckoutRequestID));
  assert.equal(callback.ResultCode, 1);
  assert.equal(callback.CallbackMetadata, undefined);
});

test('R10: Prometheus, as deploy/ sets it up, scrapes all of it, and every metric of its rules and of the dashboard is there', async () => {
  const { instances } = await stack.status();
  const watch = instances.find(({ service }) => service === 'watch');
  assert.ok(watch);
  const beatToken = await readFile(join(stack.home, 'watch', 'beat-token'), 'utf8');
  const prometheus = await openWatchedBy({ watch: watch.admin, beatToken });
  try {
    interface Target {
      labels: Record<string, string>;
      health: string;
      lastError: string;
    }
    const targets = () => prometheus.ask<{ activeTargets: Target[] }>('targets');
    const wanted = instances.map(({ name }) => name).sort();
    let seen: Target[] = [];
    await until('all of it is scraped', async () => {
      seen = (await targets()).activeTargets;
      const up = seen.filter(({ health }) => health === 'up').map(({ labels }) => labels.instance);
      return isDeepStrictEqual(up.sort(), wanted);
    }).catch((cause: unknown) => {
      throw new Error(`not all of ${wanted} is scraped: ${JSON.stringify(seen, null, 1)}`, { cause });
    });

    const served = await until('a rule has recorded the pushes', async () => {
      const { result } = await prometheus.query(
        'service_product_version:imara_outcomes:rate1m{service="api"}',
      );
      return result.some(({ value }) => Number(value[1]) > 0) && result;
    });
    assert.ok(served.every(({ metric }) => metric.config_version !== undefined));

    interface Rules {
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    }
    const rules = await until('every rule was evaluated', async () => {
      const { groups } = await prometheus.ask<Rules>('rules');
      const all = groups.flatMap((group) => group.rules);
      return all.every(({ health }) => health !== 'unknown') && all;
    });
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok'),
      [],
    );

    const pages = await Promise.all(
      instances.map(async ({ admin }) => {
        const page = await fetch(`${admin}/metrics`, {
          headers: { authorization: `Bearer ${beatToken.trim()}` },
        });
        assert.equal(page.status, 200, admin);
        return page.text();
      }),
    );
    const exported = new Set(
      pages.flatMap((page) => [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)),
    );
    const unknown = (await metricsIn()).filter((name) => !exported.has(name));
    assert.deepEqual(unknown, [], 'named by a rule or a panel, and exported by nothing');
  } finally {
    await prometheus.close();
  }
});
