import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kill, startWorker } from '../../../../test/mpesa/killed-worker.ts';
import { requestsFixture } from '../../../../test/mpesa/requests.ts';
import { until } from '../../../../test/until.ts';

const fixture = await requestsFixture();
const { database, url, privateKey, request, clock } = fixture;
const TOGETHER = 20;
const startRequests = () => startWorker('request-worker.ts', { TEST_DATABASE: url, TEST_KEY: privateKey });

async function count(what: string): Promise<number> {
  const { rows } = await database.query(`select count(*)::int as n from ${what}`);
  return rows[0].n;
}

test('kill -9 of the worker in the middle: every request is answered once, none is told twice or by a timeout', async () => {
  const many = 1_200;
  // The workers' time is the real one.
  clock.ms = Date.now();
  for (let n = 0; n < many; n += TOGETHER) {
    const some = Array.from({ length: TOGETHER }, () =>
      request('account-balance', {}, { IdentifierType: '4' }),
    );
    await Promise.all(some);
  }
  const resolved = () => count(`mpesa.request where state = 'resolved'`);
  let inTheMiddle = 0;
  // Which moment a kill meets is chance: at least three, and more until one has met a claim.
  for (let killed = 0; killed < 3 || (inTheMiddle === 0 && killed < 8); killed += 1) {
    const worker = startRequests();
    const before = await resolved();
    if (before === many) break;
    await until('it is at work', async () => (await resolved()) > before, { everyMs: 5 });
    await kill(worker);
    if ((await count('mpesa.request where claimed_until is not null')) > 0) inTheMiddle += 1;
    // Claims lapse by themselves after half a minute.
    await database.query('update mpesa.request set claimed_until = now() where claimed_until is not null');
  }
  assert.ok(inTheMiddle > 0, 'a kill came in between');
  const last = startRequests();
  await until('all are answered', async () => (await resolved()) === many);
  await kill(last);
  assert.equal(await count(`delivery.callback where url = 'https://shop.test/result'`), many);
  assert.equal(await count('delivery.callback'), many);
  assert.equal(
    await count(`mpesa.request request join delivery.callback callback using (id) where result_code = '0'`),
    many,
  );
});
