import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { JsonObject } from '../../src/config/canonical.ts';
import type { Rollout } from '../../src/control/contract/resources/releases/rollout.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { operatorOf } from '../operator.ts';
import { production } from '../stack/loaded-stack.ts';
import { quickRollouts, type Shop, startStack } from '../stack/stack.ts';
import { type SteadyLoad, startSteadyLoad } from '../stack/steady-load.ts';
import { until } from '../until.ts';

// Releases with which no request fails by a fault of ours: they refuse what was taken before, payments end
// with another result, or callbacks do not arrive. On the whole of Imara, under the load of many shops; the
// table is docs/explanation/bad-releases.md.

// Rollouts as they are built in for one machine; phones that answer at once.
const stack = await startStack({}, { handset: quickRollouts.handset });
const receiver = await startReceiver();
const status = await stack.status();
const operator = await operatorOf(stack);
const shops: SteadyLoad[] = [];
after(async () => {
  await Promise.all(shops.map((shop) => shop.stop()));
  await receiver.close();
  await stack.close();
});

async function openShop(name: string): Promise<Shop['credentials']> {
  return operator.ask('POST /merchants', { body: { name } });
}

/** About 25 payments a second in all; every third shop has its orders under a number. */
const SHOPS = 9;
for (let shop = 1; shop <= SHOPS; shop++) {
  const credentials = await openShop(`Duka ${shop}`);
  const url = shop % 3 === 0 ? `${receiver.url}/order-6590` : receiver.url;
  // Customers come back every few seconds.
  const customers = { from: 254_720_000_000 + shop * 1_000, count: 12 };
  shops.push(await startSteadyLoad({ api: status.api, credentials }, url, 2_000, customers));
}

const taken = () => shops.reduce((sum, { answers }) => sum + answers.ok, 0);
/** By a rule, not by a machine that is busy. */
const refused = () =>
  shops.reduce((sum, { answers }) => sum + answers.failed.filter(({ what }) => /^400 /.test(what)).length, 0);
const results = () =>
  receiver.received.flatMap(({ body }) => {
    const { ResultCode } = Object(body).Body?.stkCallback ?? {};
    return ResultCode === undefined ? [] : [Number(ResultCode)];
  });

interface Pushed {
  rollout: Rollout;
  taken: number;
  refused: number;
  /** Callbacks of payments, and how many of them tell of another result than 0. */
  results: number;
  unpaid: number;
}

/** Pushes it under load; returns how its rollout ended, and what the shops met until then. */
async function under(change: JsonObject): Promise<Pushed> {
  // What was known before is what it is compared with.
  await until('the shops have been paid for a while', () => results().length > 200, { deadlineMs: 60_000 });
  const before = { taken: taken(), refused: refused(), results: results().length };
  const rollout = await operator.pushed(change);
  const during = results().slice(before.results);
  return {
    rollout,
    taken: taken() - before.taken,
    refused: refused() - before.refused,
    results: during.length,
    unpaid: during.filter((code) => code !== 0).length,
  };
}

const told = ({ rollout, taken, refused, results, unpaid }: Pushed) =>
  `${rollout.phase}: ${rollout.because}; ${refused} refused, ${taken} taken; ${unpaid} of ${results} unpaid`;
/** A fraction of what a minute of this load is. */
const FEW = 150;

test('R19: a forbidden word that a third of the pushes have: the gate', async (t) => {
  const pushed = await under(production({ mpesa: { stk: { callbackUrl: { forbiddenWords: ['6590'] } } } }));
  t.diagnostic(told(pushed));
  assert.equal(pushed.rollout.phase, 'rolled_back');
  assert.match(pushed.rollout.because ?? '', /ends_otherwise: request/);
  assert.ok(pushed.refused < FEW, `${pushed.refused}`);
});

test('R19: a client with a wrong passkey, ten times a second: a harmless release is proved', async (t) => {
  const wrong = { ...status.credentials, passkey: 'of-last-year' };
  const client = await startSteadyLoad({ api: status.api, credentials: wrong }, receiver.url, 500);
  const pushed = await under(production({ mpesa: { stk: { maxBatch: 100 } } }));
  await client.stop();
  const wrongs = client.answers.failed.filter(({ what }) => /^500 .*Wrong credentials/.test(what));
  t.diagnostic(`${told(pushed)}; ${wrongs.length} with the wrong passkey`);
  assert.equal(pushed.rollout.phase, 'proved', pushed.rollout.because ?? '');
  assert.ok(wrongs.length > 50, JSON.stringify(client.answers.failed.slice(0, 3)));
  assert.equal(pushed.refused, 0);
});

test('R19: a fee that nobody can pay: before anybody serves with it', async (t) => {
  const customerTariff = [{ upToShillings: 250_000, feeCents: 100_000_00 }];
  const pushed = await under(production({ mpesa: { stk: { customerTariff } } }));
  t.diagnostic(told(pushed));
  assert.equal(pushed.rollout.phase, 'rolled_back');
  assert.deepEqual([pushed.refused, pushed.unpaid], [0, 0]);
});

test('R19: a fee that nobody can pay twice: the gate, from the results', async (t) => {
  const customerTariff = [{ upToShillings: 250_000, feeCents: 40_000_00 }];
  const pushed = await under(production({ mpesa: { stk: { customerTariff } } }));
  t.diagnostic(told(pushed));
  assert.equal(pushed.rollout.phase, 'rolled_back');
  assert.match(pushed.rollout.because ?? '', /ends_otherwise: result/);
  assert.ok(pushed.unpaid < FEW, `${pushed.unpaid}`);
});

test('R19: callbacks that are not delivered any more: not even taken', async () => {
  await assert.rejects(
    operator.push(production({ delivery: { allowPrivateTargets: false } })),
    /delivery\.allowPrivateTargets/,
  );
});

test('R19: receivers at private addresses not accepted any more, nor delivered to: the gate', async (t) => {
  const off = { allowPrivateTargets: false };
  const sections = ['stk', 'requests', 'c2b', 'pull', 'standingOrders', 'billManager'];
  const mpesa = Object.fromEntries(sections.map((section) => [section, { callbackUrl: off }]));
  const pushed = await under(production({ delivery: off, mpesa }));
  t.diagnostic(told(pushed));
  assert.match(pushed.rollout.because ?? '', /ends_otherwise: (request|callback)/);
  assert.ok(pushed.refused < FEW, `${pushed.refused}`);
});
