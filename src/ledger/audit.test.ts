import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { testDatabase } from '../../test/database.ts';
import { systemClock } from '../platform/clock.ts';
import { Deadline } from '../platform/deadline.ts';
import { newId } from '../platform/ids.ts';
import { type AuditReport, auditBooks, auditIn } from './audit.ts';
import { openBooks } from './books.ts';
import { invariants } from './invariants.ts';
import type { Transfer } from './types.ts';

const migrations = new URL('./migrations', import.meta.url).pathname;
const { database, url } = await testDatabase([{ part: 'ledger', directory: migrations }]);
const books = openBooks({ url, clock: systemClock, log: pino({ enabled: false }) });
after(() => books.close(Deadline.in(5_000)));

const ids = Object.fromEntries(
  ['opening', 'payment', 'fee', 'refused', 'open', 'held', 'resolution', 'reversal'].map((name) => [
    name,
    newId(),
  ]),
) as Record<string, string>;

before(async () => {
  const soon = Deadline.in(10_000);
  await books.openAccounts(
    [
      { id: 1n, kind: 'clearing', floorCents: null, ceilingCents: null },
      { id: 2n, kind: 'customer', floorCents: 0n, ceilingCents: 10_000n },
      { id: 3n, kind: 'merchant', floorCents: 0n, ceilingCents: null },
    ],
    soon,
  );
  const limits = [{ scope: 'daily', key: '2', window: '2026-11-23', maxCents: 5_000n }];
  const id = (name: string) => ids[name] ?? '';
  const single = (name: string, debit: bigint, credit: bigint, amountCents: bigint): Transfer => ({
    kind: 'single',
    id: id(name),
    debit,
    credit,
    amountCents,
    code: name,
    limits: debit === 2n ? limits : [],
  });
  const pending = (name: string): Transfer =>
    ({ ...single(name, 2n, 3n, 300n), kind: 'pending', expiresAt: new Date() }) as Transfer;
  const entries: Transfer[][] = [
    [single('opening', 1n, 2n, 6_000n)],
    [single('payment', 2n, 3n, 1_000n), single('fee', 2n, 1n, 10n)],
    [single('refused', 2n, 3n, 9_999n)],
    [pending('open')],
    [pending('held')],
    [{ kind: 'post', id: id('resolution'), pendingId: id('held'), amountCents: 200n, code: 'post' }],
    [
      {
        kind: 'reversal',
        id: id('reversal'),
        reversesId: id('payment'),
        debit: 3n,
        credit: 2n,
        amountCents: 400n,
        code: 'r',
      },
    ],
  ];
  for (const transfers of entries) await books.post({ transfers }, soon);
});

test('R14: the audit of sound books finds nothing', async () => {
  const report = await auditBooks(database, Deadline.in(10_000));
  assert.deepEqual(report, {
    sound: true,
    invariants: invariants.length,
    accounts: 3,
    transfers: 8,
    openHolds: 1,
    violations: [],
  });
});

/** Audits the books as `sql` would leave them, and leaves them as they were. */
async function corrupted(sql: string): Promise<AuditReport> {
  const client = await database.connect();
  try {
    await client.query('begin');
    await client.query(sql);
    return await auditIn(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const t = (name: string) => `'${ids[name]}'`;
const copyOf = (name: string, fields: string) =>
  `insert into ledger.transfer select (jsonb_populate_record(x, ${fields})).* from ledger.transfer x where id = ${t(name)}`;

const corruptions: [invariant: string, what: string, sql: string][] = [
  [
    'the posted counters of all accounts sum to zero',
    'money out of nothing',
    'update ledger.account set credits_posted = credits_posted + 1 where id = 3',
  ],
  [
    'the pending counters of all accounts sum to zero',
    'a reservation nobody made',
    'update ledger.account set credits_pending = credits_pending + 1 where id = 3',
  ],
  [
    'no account is below its floor, pending debits counted',
    'an overdraft',
    'alter table ledger.account drop constraint account_floor; update ledger.account set floor = 1000000 where id = 2',
  ],
  [
    'no account is above its ceiling, pending credits counted',
    'too much money',
    'alter table ledger.account drop constraint account_ceiling; update ledger.account set ceiling = 1 where id = 2',
  ],
  [
    'the counters of an account equal the replay of its transfers',
    'money moved without a transfer',
    'update ledger.account set credits_posted = credits_posted + case id when 3 then 5 else 0 end, debits_posted = debits_posted + case id when 1 then 5 else 0 end where id in (1, 3)',
  ],
  [
    'the counters of an account equal the replay of its transfers',
    'an account lost',
    'delete from ledger.account where id = 3',
  ],
  [
    'the counters of an account equal the replay of its transfers',
    'a payment lost',
    `delete from ledger.transfer where id = ${t('opening')}`,
  ],
  [
    'the version of an account counts its transfers',
    'a version skipped',
    'update ledger.account set version = version + 1 where id = 2',
  ],
  [
    'the transfers of an account have versions without gap, each with the balance after it',
    'a gap',
    `update ledger.transfer set credit_version = credit_version + 100 where id = ${t('reversal')}`,
  ],
  [
    'the transfers of an account have versions without gap, each with the balance after it',
    'a forged balance',
    `update ledger.transfer set debit_after = debit_after + 1 where id = ${t('fee')}`,
  ],
  [
    'a hold is resolved at most once, by no more than was held, between its own accounts',
    'a second resolution',
    copyOf('resolution', `jsonb_build_object('id', gen_random_uuid())`),
  ],
  [
    'a hold is resolved at most once, by no more than was held, between its own accounts',
    'more posted than held',
    `update ledger.transfer set amount = 301 where id = ${t('resolution')}`,
  ],
  [
    'a hold is resolved at most once, by no more than was held, between its own accounts',
    'posted to a stranger',
    `update ledger.transfer set credit = 1 where id = ${t('resolution')}`,
  ],
  [
    'the open holds are the pending transfers that nothing resolved',
    'a hold lost',
    'delete from ledger.hold',
  ],
  [
    'the open holds are the pending transfers that nothing resolved',
    'a hold of more',
    'update ledger.hold set amount = amount + 1',
  ],
  [
    'a chain is whole, and all of it was applied or all refused for one cause',
    'a fee lost',
    `delete from ledger.transfer where id = ${t('fee')}`,
  ],
  [
    'a chain is whole, and all of it was applied or all refused for one cause',
    'half a chain',
    `update ledger.transfer set refusal = 'linked' where id = ${t('fee')}`,
  ],
  [
    'an id was decided once',
    'a second decision',
    `alter table ledger.transfer drop constraint transfer_pkey; ${copyOf('payment', `jsonb_build_object('amount', 5)`)}`,
  ],
  [
    'usage equals the sum of what counts against it',
    'a limit forgotten',
    'update ledger.usage set used = used - 1',
  ],
  ['usage equals the sum of what counts against it', 'a limit lost', 'delete from ledger.usage'],
  [
    'a transfer is reversed by no more than its amount, along its own way back',
    'too much reversed',
    `update ledger.transfer set amount = 1001 where id = ${t('reversal')}`,
  ],
  [
    'a transfer is reversed by no more than its amount, along its own way back',
    'reversed to a stranger',
    `update ledger.transfer set credit = 1 where id = ${t('reversal')}`,
  ],
];

for (const [invariant, what, sql] of corruptions) {
  test(`R14: the audit finds ${what}`, async () => {
    const { sound, violations } = await corrupted(sql);
    assert.equal(sound, false);
    const found = violations.find((violation) => violation.invariant === invariant);
    assert.ok(found, `"${invariant}" not among ${JSON.stringify(violations)}`);
    assert.ok(found.rows > 0 && found.examples.length > 0);
  });
}

test('every invariant has a corruption that it finds', () => {
  const tried = new Set(corruptions.map(([invariant]) => invariant));
  assert.deepEqual(
    invariants.map(({ name }) => name).filter((name) => !tried.has(name)),
    [],
  );
});
