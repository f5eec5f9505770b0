// Merchants and their receiver of callbacks, in a process of their own: they ask for payments, wait for the
// callback, and ask again. A payment counts as told when its callback has arrived whole.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeToken } from '../../src/mpesa/client.ts';
import type { Ask, Load, Loaded, ProductName, Shopping } from './contract.ts';
import { type Trade, tradeIn } from './products.ts';
import { Caller, receive } from './wire.ts';

const CONNECTIONS = 64;
const CALL_MS = 30_000;
/** The last callback of a load, after it. */
const REST_MS = 120_000;
const TICK_MS = 5;
const FIRST_CUSTOMER = 254_720_000_000;

interface Open {
  customer: number;
  takenAtMs: number;
}

let shop: { api: string; callers: Caller[]; shopping: Shopping } | undefined;
let callbackUrl = '';
let trade: Trade | undefined;
/** By the id that the callback names; a callback may be quicker than its acknowledgement. */
const open = new Map<string, Open>();
const early = new Map<string, { atMs: number; code: number }>();
const told = new Set<string>();
let free: number[] = [];
let loaded: Loaded = nothing();
let asked = 0;

function nothing(): Loaded {
  return { startedAtMs: Date.now(), stoppedAtMs: 0, paid: [], notPaid: 0, refused: 0, broken: 0, twice: 0 };
}

function hear(callback: string): void {
  if (trade === undefined) return;
  const { id, code } = trade.told(callback);
  if (told.has(id)) loaded.twice += 1;
  told.add(id);
  const payment = open.get(id);
  if (payment === undefined) early.set(id, { atMs: Date.now(), code });
  else end(id, payment, Date.now(), code);
}

function end(id: string, { customer, takenAtMs }: Open, toldAtMs: number, code: number): void {
  open.delete(id);
  free.push(customer);
  if (code === 0) loaded.paid.push({ id, takenAtMs, toldAtMs });
  else loaded.notPaid += 1;
}

async function ask(customer: number, { request, idOf }: Trade, caller: Caller): Promise<void> {
  asked += 1;
  const order = { msisdn: String(FIRST_CUSTOMER + customer), reference: `E2E${asked}` };
  const answer = await caller.call(request(order)).catch(() => undefined);
  if (answer === undefined) {
    loaded.broken += 1;
    return;
  }
  if (answer.status !== 200) {
    // "System is busy", and nothing else: any other refusal is a fault of the bench or of what it measures.
    if (!answer.body.includes('"500.003.02"')) throw new Error(`${answer.status} ${answer.body}`);
    loaded.refused += 1;
    await sleep(50);
    free.push(customer);
    return;
  }
  const id = idOf(answer.body, order);
  const taken: Open = { customer, takenAtMs: Date.now() };
  const before = early.get(id);
  if (before === undefined) open.set(id, taken);
  else {
    early.delete(id);
    end(id, taken, before.atMs, before.code);
  }
}

async function prepare(product: ProductName): Promise<void> {
  if (shop === undefined) throw new Error('no shop is open');
  trade = tradeIn(product, shop.shopping, callbackUrl);
  if (trade.prepare === undefined) return;
  const { status, body } = await new Caller(shop.api).call(trade.prepare);
  if (status !== 200) throw new Error(`${product} could not be prepared: ${status} ${body}`);
}

/** Offers payments, and resolves when the callback of each has arrived. */
async function load({ perSecond, seconds, customers }: Load): Promise<Loaded> {
  if (shop === undefined || trade === undefined) throw new Error('no shop is open');
  const trading = trade;
  const callers = [...shop.callers];
  loaded = nothing();
  told.clear();
  free = Array.from({ length: customers }, (_, index) => index);
  let offered = 0;
  const fault = Promise.withResolvers<never>();
  const offer = () => {
    const passed = Math.min(seconds, (Date.now() - loaded.startedAtMs) / 1_000);
    const due = perSecond === null ? Number.POSITIVE_INFINITY : Math.floor(passed * perSecond);
    // No more wait for a connection than there are: what waits there would not be a merchant's wait.
    while (offered < due && callers.length > 0) {
      const customer = free.shift();
      if (customer === undefined) return;
      const caller = callers.pop();
      if (caller === undefined) return;
      offered += 1;
      ask(customer, trading, caller)
        .catch(fault.reject)
        .finally(() => {
          callers.push(caller);
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
    while (callers.length < CONNECTIONS || open.size > 0) {
      if (Date.now() > loaded.stoppedAtMs + REST_MS)
        throw new Error(`${open.size} callbacks did not arrive within ${REST_MS / 1_000} s`);
      await sleep(TICK_MS);
    }
    return loaded;
  };
  return Promise.race([work(), fault.promise]);
}

process.on('message', async (message: Ask) => {
  if (message.ask === 'load') process.send?.(await load(message.load));
  else if (message.ask === 'prepare') {
    await prepare(message.product);
    process.send?.('prepared');
  } else {
    const { api, credentials } = message;
    const token = await takeToken(api, credentials, AbortSignal.timeout(CALL_MS));
    const certificate = readFileSync(credentials.certificate, 'utf8');
    const callers = Array.from({ length: CONNECTIONS }, () => new Caller(api));
    shop = { api, callers, shopping: { token, credentials: { ...credentials, certificate } } };
    callbackUrl = `http://127.0.0.1:${await receive(hear)}/callback`;
    process.send?.('open');
  }
});
