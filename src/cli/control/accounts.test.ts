import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installation } from '../../../test/control/installation.ts';
import { settleAll, settlementFixture } from '../../../test/mpesa/settlement.ts';
import { runImara } from '../../../test/stack/imara.ts';
import { schema } from '../../process/document/schema.ts';
import { readReceipts } from './receipts-file.ts';

const { database, clock, worker, push, row } = await settlementFixture({ tables: schema });
const { url, token } = await installation({ database });
const home = await mkdtemp(join(tmpdir(), 'imara-cli-accounts-'));
after(() => rm(home, { recursive: true, force: true }));
const imara = (...args: string[]) =>
  runImara(args, { IMARA_HOME: home, IMARA_CONTROL_URL: url, IMARA_OPERATOR_TOKEN: token });

const steps = worker();
const receipts: string[] = [];
for (const [msisdn, shillings] of [
  ['254711000001', 100],
  ['254711000002', 250],
  ['254711000003', 40],
] as const) {
  const id = await push(msisdn, shillings);
  await settleAll(steps);
  clock.ms += 2_000;
  await settleAll(steps);
  receipts.push((await row(id)).receipt);
}
const [first = '', second = '', third = ''] = receipts;
async function file(...rows: string[]): Promise<string> {
  const path = join(home, 'receipts.csv');
  await writeFile(path, ['Receipt No.,"Details",Paid In', ...rows].join('\r\n'));
  return path;
}

interface Told {
  opening: string;
  movements: { amount: string; balance: string; receipt: string; counterpart: string; at: string }[];
}

test('a statement has a row a movement, and each balance follows from the one before', async () => {
  const { stdout, exitCode, stderr } = await imara('statement', '174379/utility', '--json');
  assert.equal(exitCode, 0, stderr);
  const { opening, movements }: Told = JSON.parse(stdout);
  assert.equal(opening, '0.00');
  assert.deepEqual(
    movements.map(({ receipt, amount, counterpart }) => [receipt, amount, counterpart]),
    [
      [first, '100.00', '254711000001'],
      [second, '250.00', '254711000002'],
      [third, '40.00', '254711000003'],
    ],
  );
  let balance = Number(opening);
  for (const { amount, balance: told } of movements) {
    balance += Number(amount);
    assert.equal(Number(told), balance);
  }
  const payer: Told = JSON.parse((await imara('statement', '254711000001', '--json')).stdout);
  assert.equal(payer.movements.find(({ receipt }) => receipt === first)?.amount, '-100.00');
  const csv = (await imara('statement', '174379', '--csv')).stdout.trim().split('\n');
  assert.equal(csv.length, 4);
  assert.match(csv[1] ?? '', new RegExp(`,stk.payment,254711000001,${first},100.00,100.00,`));
});

test('from and to take a part, whose opening is what was there before', async () => {
  const { movements }: Told = JSON.parse((await imara('statement', '174379', '--json')).stdout);
  const at = movements[1]?.at ?? '';
  const part: Told = JSON.parse((await imara('statement', '174379', '--json', '--from', at)).stdout);
  assert.deepEqual([part.opening, part.movements.length], ['100.00', 2]);
  const until: Told = JSON.parse((await imara('statement', '174379', '--json', '--to', at)).stdout);
  assert.deepEqual(
    until.movements.map(({ receipt, balance }) => [receipt, balance]),
    [[first, '100.00']],
    'what was at `to` is of the next part',
  );
  const later = new Date(Date.parse(movements[2]?.at ?? '') + 1).toISOString();
  const none: Told = JSON.parse((await imara('statement', '174379', '--json', '--from', later)).stdout);
  assert.deepEqual([none.opening, none.movements], ['390.00', []]);
  const payer: Told = JSON.parse((await imara('statement', '254711000001', '--json')).stdout);
  const paid = payer.movements.findIndex(({ receipt }) => receipt === first);
  const balances = [payer.opening, ...payer.movements.map(({ balance }) => balance)].map(Number);
  assert.equal(balances[paid + 1], (balances[paid] ?? 0) - 100, 'who pays has less after it');
  // Of an account that paid: the money that each customer began with came from here.
  const float: Told = JSON.parse((await imara('statement', 'float', '--json')).stdout);
  const [one, two] = float.movements;
  const between = new Date(Date.parse(two?.at ?? '') - 1).toISOString();
  assert.equal((await imara('balance', 'float', '--at', between)).stdout, `${one?.balance}\n`);
  assert.equal((await imara('balance', '174379')).stdout, '390.00\n');
  assert.equal((await imara('balance', '174379', '--at', at)).stdout, '350.00\n');
  const before = new Date(Date.parse(at) - 1).toISOString();
  assert.equal((await imara('balance', '174379', '--at', before)).stdout, '100.00\n');
  assert.match((await imara('balance', '999999')).stderr, /there is no account 999999/);
});

test('a page ends where the next one begins', async () => {
  const page = async (after?: string) => {
    const query = new URLSearchParams({ limit: '2', ...(after !== undefined && { after }) });
    const answer = await fetch(`${url}/v1/accounts/174379/statement?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return (await answer.json()) as Told & { next: string | null };
  };
  const one = await page();
  const two = await page(one.next ?? '');
  assert.deepEqual(
    [...one.movements, ...two.movements].map(({ receipt }) => receipt),
    receipts,
  );
  assert.deepEqual([two.opening, two.next], ['350.00', null]);
});

test('receipts that agree end with status 0; missing, extra and different ones are told: status 1', async () => {
  const rows = (...amounts: number[]) =>
    receipts.map((receipt, i) => `${receipt},"paid, thanks",${amounts[i]}`);
  const same = await imara('reconcile', await file(...rows(100, 250, 40)), '--short-code', '174379');
  assert.deepEqual([same.exitCode, same.stderr], [0, 'All 3 receipts agree with the books.\n']);
  const differs = await imara(
    'reconcile',
    await file(`${first},x,"1,000.00"`, `${third},x,40`, 'ZZZ9999999,x,5'),
    '--short-code',
    '174379',
    '--json',
  );
  assert.equal(differs.exitCode, 1);
  const { missing, extra, different } = JSON.parse(differs.stdout);
  assert.deepEqual(missing, ['ZZZ9999999']);
  assert.deepEqual(
    extra.map(({ receipt }: { receipt: string }) => receipt),
    [second],
  );
  assert.deepEqual(different, [{ receipt: first, file: '1000.00', books: '100.00' }]);
});

test('rows that cannot be read are told by their lines: status 2', async () => {
  const wrong = await imara(
    'reconcile',
    await file(`${first},x,100`, 'short,x,5', `${second},x,much`),
    '--short-code',
    '174379',
  );
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.stderr, /line 3: "SHORT" is no receipt\nline 4: "much" is no amount/);
  await writeFile(join(home, 'other.csv'), 'a,b\n1,2\n');
  assert.match(
    (await imara('reconcile', join(home, 'other.csv'), '--short-code', '174379')).stderr,
    /Line 1 names no column of receipts/,
  );
});

test('of a large file no more than a batch is in memory besides the receipts', async () => {
  const path = join(home, 'large.csv');
  const rows = Array.from({ length: 20_000 }, (_, i) => `A${String(i).padStart(9, '0')},5`);
  await writeFile(path, ['receipt,amount', ...rows].join('\n'));
  let most = 0;
  const seen = await readReceipts(path, async (batch) => {
    most = Math.max(most, batch.length);
  });
  assert.deepEqual([seen.size, most <= 500], [20_000, true]);
  assert.deepEqual(
    [seen.has('A000000000'), seen.has('A000019999'), seen.has('A000020000')],
    [true, true, false],
  );
});
