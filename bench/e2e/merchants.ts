// Merchants and their receiver of callbacks, in a process of their own: they push, wait for the callback, and
// push again. A payment is told when its callback has arrived, whole.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { type PushAnswer, pushRequest, takeToken } from '../../src/mpesa/client.ts';
import type { Shop } from '../../test/stack/stack.ts';
import type { Ask, Load, Loaded } from './contract.ts';

const CONNECTIONS = 64;
const CALL_MS = 30_000;
/** The last callback of a load, after it. */
const REST_MS = 120_000;
const TICK_MS = 5;
const FIRST_CUSTOMER = 254_720_000_000;

interface Open {
  customer: number;
  takenAtMs: number | undefined;
}

let shop: { api: Pool; token: string; credentials: Shop['credentials'] } | undefined;
let callbackUrl = '';
/** By CheckoutRequestID; a callback may be quicker than its acknowledgement. */
const open = new Map<string, Open>();
const early = new Map<string, { atMs: number; code: number }>();
const told = new Set<string>();
let free: number[] = [];
let loaded: Loaded = nothing();

function nothing(): Loaded {
  return { startedAtMs: Date.now(), stoppedAtMs: 0, paid: [], notPaid: 0, refused: 0, twice: 0 };
}

const receiver = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    response.end();
    const id = /"CheckoutRequestID":"([^"]+)"/.exec(body)?.[1] ?? '';
    const code = Number(/"ResultCode":(\d+)/.exec(body)?.[1]);
    if (told.has(id)) loaded.twice += 1;
    told.add(id);
    const payment = open.get(id);
    if (payment === undefined) early.set(id, { atMs: Date.now(), code });
    else end(id, payment, Date.now(), code);
  });
});

function end(id: string, { customer, takenAtMs = 0 }: Open, toldAtMs: number, code: number): void {
  open.delete(id);
  free.push(customer);
  if (code === 0) loaded.paid.push({ checkoutRequestId: id, takenAtMs, toldAtMs });
  else loaded.notPaid += 1;
}

async function push(customer: number): Promise<void> {
  if (shop === undefined) throw new Error('no shop is open');
  const payment = { msisdn: String(FIRST_CUSTOMER + customer), shillings: 1, callbackUrl, reference: 'E2E' };
  const answer = await shop.api.request({
    ...pushRequest(shop.token, shop.credentials, payment),
    headersTimeout: CALL_MS,
    bodyTimeout: CALL_MS,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) {
    // "System is busy", and nothing else: any other refusal is a fault of the bench or of what it measures.
    if (!text.includes('"500.003.02"')) throw new Error(`${answer.statusCode} ${text}`);
    loaded.refused += 1;
    await sleep(50);
    free.push(customer);
    return;
  }
  const { CheckoutRequestID: id } = JSON.parse(text) as PushAnswer;
  const taken: Open = { customer, takenAtMs: Date.now() };
  const before = early.get(id);
  if (before === undefined) open.set(id, taken);
  else {
    early.delete(id);
    end(id, taken, before.atMs, before.code);
  }
}

/** Offers payments, and resolves when the callback of each has arrived. */
async function load({ perSecond, seconds, customers }: Load): Promise<Loaded> {
  loaded = nothing();
  told.clear();
  free = Array.from({ length: customers }, (_, index) => index);
  let offered = 0;
  let calling = 0;
  const fault = Promise.withResolvers<never>();
  const offer = () => {
    const passed = Math.min(seconds, (Date.now() - loaded.startedAtMs) / 1_000);
    const due = perSecond === null ? Number.POSITIVE_INFINITY : Math.floor(passed * perSecond);
    // No more wait for a connection than there are: what waits there would not be a merchant's wait.
    while (offered < due && calling < CONNECTIONS) {
      const customer = free.shift();
      if (customer === undefined) return;
      offered += 1;
      calling += 1;
      push(customer)
        .catch(fault.reject)
        .finally(() => {
          calling -= 1;
          if (loaded.stoppedAtMs === 0) offer();
        });
    }
  };
  const work = async () => {
    while (Date.now() < loaded.startedAtMs + seconds * 1_000) {
      offer();
      await sleep(TICK_MS);
    }
    loaded.stoppedAtMs = Date.now();
    while (calling > 0 || open.size > 0) {
      if (Date.now() > loaded.stoppedAtMs + REST_MS)
        throw new Error(`${open.size} callbacks did not arrive within ${REST_MS / 1_000} s`);
      await sleep(TICK_MS);
    }
    return loaded;
  };
  return Promise.race([work(), fault.promise]);
}

process.on('message', async (asked: Ask) => {
  if (asked.ask === 'load') process.send?.(await load(asked.load));
  else {
    const { api, credentials } = asked.shop;
    const token = await takeToken(api, credentials, AbortSignal.timeout(CALL_MS));
    shop = { api: new Pool(api, { connections: CONNECTIONS }), token, credentials };
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/callback`;
    process.send?.('open');
  }
});
