import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleAll, settlementFixture } from '../../test/mpesa/settlement.ts';
import { retainedInDelivery } from '../delivery/outbox/retained.ts';
import { retainedInHandset } from '../handset/retained.ts';
import { auditBooks } from '../ledger/audit.ts';
import { Deadline } from '../platform/deadline.ts';
import { lowestId } from '../platform/retention/id-time.ts';
import { retentionRound } from '../platform/retention/keep.ts';
import type { RetainedTable } from '../platform/retention/types.ts';
import { retainedInMpesa } from './retained.ts';

const DAY_MS = 86_400_000;
const KEEP_DAYS = 6;
const A_DAY = 30;

const { database, clock, worker, push, log, utilityCents } = await settlementFixture();
const tables: RetainedTable[] = [...retainedInMpesa, ...retainedInDelivery, ...retainedInHandset];

let written = 0;

function idAt(ms: number): string {
  written += 1;
  return `${lowestId(ms).slice(0, 14)}7000-8000-${written.toString(16).padStart(12, '0')}`;
}

async function keep(): Promise<void> {
  const settings = () => ({ keepDays: KEEP_DAYS });
  while (await retentionRound({ database, tables, settings, clock, log }));
}

async function rowsOf(table: string): Promise<number> {
  const { rows } = await database.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]?.n ?? 0;
}

/** What the table, its partitions and their indexes take. */
async function bytesOf(table: string): Promise<number> {
  await database.query(`vacuum (truncate) ${table}`);
  const { rows } = await database.query<{ bytes: bigint }>(
    `select sum(pg_total_relation_size(relid))::int8 as bytes from pg_partition_tree($1::regclass)`,
    [table],
  );
  const [tree] = rows;
  if (tree?.bytes) return Number(tree.bytes);
  const { rows: plain } = await database.query<{ bytes: bigint }>(
    'select pg_total_relation_size($1::regclass) as bytes',
    [table],
  );
  return Number(plain[0]?.bytes);
}

/** A standing order, first due on a day; `state`: refused at once, or still paying. */
async function standingOrder(ms: number, state: 'ended' | 'active'): Promise<void> {
  const at = new Date(ms);
  await database.query(
    `insert into mpesa.standing_order (id, response_ref, request_ref, app_id, name, short_code, kind, msisdn,
       amount_cents, account_reference, description, callback_url, every, start_day, end_day, accepted_at, expires_at,
       state, holds_name, next_due, result_code, resolved_at)
     values ($1::uuid, $1::text, $1::text, 'app', $1::text, '600000', 'pay_bill', '254734100000', 100, '', '', 'http://a',
       'yearly', $2::timestamptz, $2::timestamptz + interval '9 years', $2, $2, $3::text, $3::text = 'active',
       case $3::text when 'active' then $2::timestamptz::date end, case $3::text when 'active' then '0' else '1032' end, $2)`,
    [idAt(ms), at, state],
  );
}

/** An invoice that nobody pays. */
async function invoice(ms: number, dueMs: number): Promise<void> {
  await database.query(
    `insert into mpesa.invoice (id, short_code, external_reference, billed_name, billed_msisdn, billed_period, name, due_day,
       account_reference, amount_cents, items, sent_at)
     values ($1::uuid, '600000', $1::text, '', '254734100000', '', '', $2, 'G70', 100, '[]', $3)`,
    [idAt(ms), new Date(dueMs), new Date(ms)],
  );
}

async function billPayment(ms: number): Promise<void> {
  await database.query(
    `insert into mpesa.bill_payment (id, receipt, short_code, msisdn, amount_cents, account_reference, paid_at, state, told_at)
     values ($1::uuid, $1::text, '600000', '254734100000', 100, 'G70', $2, 'told', $2)`,
    [idAt(ms), new Date(ms)],
  );
}

/** A query of a push, which has the push's id. */
async function stkQuery(ms: number): Promise<void> {
  await database.query(
    `insert into mpesa.stk_query (id, code, says, times, first_at, last_at) values ($1, '4999', '', 1, $2, $2)`,
    [idAt(ms), new Date(ms)],
  );
}

/** Tables with a row a day, and those that hold one that may not go. */
const sparse = new Set(
  ['request', 'payment', 'standing_order', 'invoice', 'bill_payment', 'stk_query'].map(
    (name) => `mpesa.${name}`,
  ),
);
const withOpen = new Set(['mpesa.stk_push', 'mpesa.standing_order', 'mpesa.invoice']);

test('R14: a month under load keeps some days of it, every open push, and all of the books', async () => {
  const worked = worker();
  const startMs = clock.ms;
  const open = await push('254733000000', 10, { id: idAt(startMs) });
  // Nobody ends it: its answer is in, and the books never say anything.
  await database.query(
    `update mpesa.stk_push set state = 'answered', answered_at = $2, receipt = 'OPEN', claimed_until = 'infinity' where id = $1`,
    [open, new Date(startMs)],
  );
  await standingOrder(startMs, 'active');
  await invoice(startMs, startMs + 300 * DAY_MS);
  const sizes = new Map(tables.map(({ table }) => [table, [] as number[]]));
  const paidIn = (await utilityCents()) ?? 0n;
  for (let day = 0; day < 30; day++) {
    clock.ms = startMs + day * DAY_MS;
    await keep();
    for (let n = 0; n < A_DAY; n++)
      await push(`2547341${String(n).padStart(5, '0')}`, 10, { id: idAt(clock.ms) });
    await settleAll(worked);
    clock.ms += 1_000;
    await settleAll(worked);
    // Delivered at once; each attempt is logged.
    const { rows } = await database.query<{ id: string }>(
      `update delivery.callback set state = 'delivered', settled_at = $1, created_at = $1 where state = 'pending' returning id`,
      [new Date(clock.ms)],
    );
    assert.equal(rows.length, A_DAY);
    await database.query(
      `insert into delivery.attempt (id, callback_id, n, at, outcome, duration_ms)
       select id, callback_id, 1, $3, 'delivered', 5 from unnest($1::uuid[], $2::uuid[]) as a (id, callback_id)`,
      [rows.map(() => idAt(clock.ms)), rows.map(({ id }) => id), new Date(clock.ms)],
    );
    await database.query(
      `insert into mpesa.request (id, product, conversation_id, originator_conversation_id, app_id, short_code, initiator,
         details, result_url, queue_timeout_url, accepted_at, expires_at, state, result_code, ended_at)
       values ($1::uuid, 'account-balance', $1::text, $1::text, 'app', '600000', 'api', '{}', 'http://a', 'http://b', $2, $2, 'resolved', '0', $2)`,
      [idAt(clock.ms), new Date(clock.ms)],
    );
    await database.query(
      `insert into mpesa.payment (id, kind, source, conversation_id, originator_conversation_id, msisdn, payee,
         account_reference, amount_cents, accepted_at, state, receipt, result_code, resolved_at)
       values ($1::uuid, 'pay_bill', 'phone', $1::text, $1::text, '254734100000', '600000', '', 100, $2, 'resolved',
         $1::text, '0', $2)`,
      [idAt(clock.ms), new Date(clock.ms)],
    );
    await standingOrder(clock.ms, 'ended');
    await invoice(clock.ms, clock.ms);
    await billPayment(clock.ms);
    await stkQuery(clock.ms);
    if (day % 3 === 2) for (const [table, seen] of sizes) seen.push(await bytesOf(table));
  }
  await keep();

  // A partition is a day wide here, and goes when its last row is old enough.
  for (const { table } of tables) {
    const aDay = sparse.has(table) ? 1 : A_DAY;
    const left = (await rowsOf(table)) - (withOpen.has(table) ? 1 : 0);
    assert.ok(left >= KEEP_DAYS * aDay && left <= (KEEP_DAYS + 2) * aDay, `${table}: ${left}`);
    const seen = sizes.get(table) ?? [];
    // Of the first twelve days and of the last: two and a half times as much, were nothing removed.
    const [early = 0, late = 0] = [seen[3], seen.at(-1)];
    assert.ok(late <= early * 1.5, `${table} grew from ${early} to ${late} bytes`);
  }
  const { rows } = await database.query('select state from mpesa.stk_push where id = $1', [open]);
  assert.deepEqual(rows, [{ state: 'answered' }]);

  assert.equal(((await utilityCents()) ?? 0n) - paidIn, BigInt(30 * A_DAY * 1_000));
  const { sound, violations } = await auditBooks(database, Deadline.in(30_000));
  assert.ok(sound, JSON.stringify(violations));
});
