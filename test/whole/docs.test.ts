import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { IMARA } from '../stack/imara.ts';
import { typePage } from '../stack/page.ts';
import { quickRollouts } from '../stack/stack.ts';

// What a page tells its reader to type is typed here, in the clone and a home of its own.

async function run(page: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'imara-docs-'));
  const config = join(home, 'imara.json');
  await writeFile(config, JSON.stringify(quickRollouts));
  const env = {
    ...process.env,
    IMARA_HOME: home,
    IMARA_CONFIG: config,
    IMARA_PORT_BASE: String(15_000 + Math.floor(Math.random() * 490) * 10),
    PATH: `${join(process.cwd(), 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
  };
  delete (env as Record<string, string | undefined>).DATABASE_URL;
  try {
    return await typePage(page, { env });
  } finally {
    spawnSync(process.execPath, [IMARA, 'down'], { env, timeout: 60_000 });
    await rm(home, { recursive: true, force: true });
  }
}

test('the tutorial of the first payment works as it is written', async () => {
  const output = await run('docs/tutorials/first-payment.md');
  assert.match(output, /"ResponseCode":"0"/);
  assert.match(output, /INV-7/);
});

test('requests fail as the guide makes them', async () => {
  const output = await run('docs/how-to/make-it-fail.md');
  assert.match(output, /msisdn 254700000005 → result 1032/);
  assert.match(output, /1032/);
  assert.match(output, /did you mean duplicate/);
});

test('a change is pushed, a bad one stopped, and both undone, as the guide says', async () => {
  const output = await run('docs/how-to/configure.md');
  assert.match(output, /stk-query:\n\s+enabled: false/);
});

test("merchants of one's own are made, paid and held against the books; an initiator is locked and unlocked, as the guide says", async () => {
  const output = await run('docs/how-to/merchants-of-your-own.md');
  assert.match(output, /^All 1 receipts agree with the books\.$/m);
  assert.match(output, /^desk +locked until .* +status,balance$/m);
  assert.match(output, /8006/);
  assert.match(output, /desk of 700111 may ask again/);
});

test('a merchant registers, is paid from a phone, and says no to a payment, as the guide says', async () => {
  const output = await run('docs/how-to/receive-c2b-payments.md');
  assert.match(output, /\/confirmation \w{10} 150\.00 INV-7 [\d.]+\n/);
  assert.match(output, /\/validation \w{10} 20\.00 INV-9 \n/);
  assert.match(output, /refused \w{10}: C2B00012/);
  assert.doesNotMatch(output, /\/confirmation \w{10} 20\.00 STOLEN/);
  assert.match(output, /^Account INV-7 of AMINA WANJIKU$/m);
  assert.match(output, /\/confirmation \w{10} 30\.00 INV-7 [\d.]+\n/);
  assert.match(output, /^status 3: nothing was paid$/m);
});

test('a biller opts in, sends an invoice, is told of what is paid and sends the receipt, as the guide says', async () => {
  const output = await run('docs/how-to/send-bills.md');
  assert.match(output, /sent you an invoice of Ksh800\.00: Water, August 2031, due on 15\/9\/2031/);
  assert.match(output, /\/bills \w{10} 300 G70\n/);
  assert.match(output, /\/bills \w{10} 500 G70\n/);
  assert.match(output, /\w{10} Receipt\. Dear John Doe/);
  assert.match(output, /partially or fully paid invoices cannot be cancelled\./);
});
