import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createClient } from './mpesa/client.ts';
import { startReceiver } from './mpesa/receiver.ts';
import { startProcesses } from './stack/processes.ts';

// R1, R8: no state of the authentication servers slows or fails a request whose token is valid. The report's
// outage began here: they did not answer, and every call waited for them.

/** Long after every deadline and retry of a call. */
const STOPPED_MS = 20_000;
const EVERY_MS = 50;

const processes = await startProcesses();
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await processes.close();
});

test('R1 R8: all authentication servers stopped and then killed: no request with a valid token fails', async () => {
  const client = createClient(processes);
  await client.authenticate();
  const failures: string[] = [];
  let answered = 0;
  let next = 0;
  const pushOne = async () => {
    const msisdn = `2547${String(20_000_000 + next++)}`;
    try {
      const response = await client.push({ msisdn, amount: 5, callbackUrl: receiver.url });
      if (response.status === 200) answered += 1;
      else failures.push(`${response.status} ${await response.text()}`);
    } catch (error) {
      failures.push(String(error));
    }
  };
  const load = async (forMs: number) => {
    const end = Date.now() + forMs;
    const calls: Promise<void>[] = [];
    while (Date.now() < end) {
      calls.push(pushOne());
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    await Promise.all(calls);
  };

  await load(2_000);
  for (const child of processes.auth) child.kill('SIGSTOP');
  await load(STOPPED_MS);
  for (const child of processes.auth) child.kill('SIGKILL');
  await load(5_000);
  assert.deepEqual(failures, []);
  assert.ok(answered > 300, `only ${answered} requests were made`);

  const refused = await client.authenticate().then(
    () => undefined,
    (error: Error) => error.message,
  );
  assert.match(refused ?? '', /no token: 5\d\d .*errorCode/, 'new tokens stop, with an answer in time');
});
