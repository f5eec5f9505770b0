import {
  type PaymentEvent,
  paymentEventKinds,
} from '../../../control/contract/resources/directories/payments.ts';
import { showCallback } from '../../../delivery/outbox/browse.ts';
import { derivedId } from '../../../mpesa/identifiers/derived-id.ts';
import { isNamed, nameOf } from '../../../mpesa/parties/accounts/account-names.ts';
import { findBillCallback, findReopenedBills } from '../../../mpesa/products/bill-manager/find.ts';
import { decimal } from '../../../mpesa/results/text.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { isSecretName } from '../../../platform/secret-names.ts';
import type { Found } from './find.ts';

type Details = PaymentEvent['details'];

const event = (
  at: Date | string,
  kind: PaymentEvent['kind'],
  text: string,
  details: Details = {},
): PaymentEvent => ({
  at: typeof at === 'string' ? at : at.toISOString(),
  kind,
  text,
  details,
});

/** Everything that happened to it, in the order of time. */
export async function eventsOf(client: Queryable, found: Found): Promise<PaymentEvent[]> {
  const { id } = found.row;
  const all = await Promise.all([
    wayOf(client, found),
    faultOf(client, id, found.row.at),
    postingsOf(client, id, found.row.receipt),
    textsOf(client, id),
    callbacksOf(client, id),
    billPushOf(client, found.row.receipt),
    reopenedOf(client, found.row.receipt),
    laterOf(client, found),
    queriesOf(client, found),
  ]);
  return all.flat().toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || rank(a) - rank(b));
}

/** Of one moment: what caused the other comes first. */
const rank = ({ kind }: PaymentEvent): number => paymentEventKinds.indexOf(kind);

const tables = { push: 'mpesa.stk_push', request: 'mpesa.request', payment: 'mpesa.payment' } as const;
/** Never shown, or shown in another form. */
const HIDDEN = new Set(['security_credential', 'asked', 'claimed_until', 'result_code', 'result_desc']);

/** What its own row tells. */
async function wayOf(client: Queryable, { part, row }: Found): Promise<PaymentEvent[]> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select * from ${tables[part]} where id = $1`,
    [row.id],
  );
  const [stored = {}] = rows;
  const fields = Object.fromEntries(
    Object.entries(stored)
      .filter(
        ([name, value]) =>
          !HIDDEN.has(name) && !isSecretName(name) && !name.endsWith('_at') && value !== null,
      )
      .map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );
  const asked =
    typeof stored.asked === 'string' && stored.asked !== '' ? JSON.parse(stored.asked) : undefined;
  const money = row.amountCents === null ? '' : `, KES ${decimal(row.amountCents)}`;
  const who = row.party === null ? '' : ` with ${row.party}`;
  const from = asked === undefined ? '' : ` from ${asked.from}`;
  const details = JSON.parse(JSON.stringify({ ...fields, ...(asked !== undefined && { request: asked }) }));
  const events = [
    event(row.at, 'request', `${row.product} for ${row.shortCode}${who}${money}: taken${from}`, details),
    ...(asked === undefined ? [] : [event(row.at, 'checks', checksOf(part))]),
  ];
  const at = (name: string) => (stored[name] instanceof Date ? stored[name] : undefined);
  const prompted = at('prompted_at');
  const answered = at('answered_at');
  if (prompted !== undefined) events.push(event(prompted, 'prompt', 'the phone asks for the PIN'));
  if (answered !== undefined) events.push(event(answered, 'answer', 'the subscriber entered the PIN'));
  if (row.endedAt !== null) {
    const receipt = row.receipt === null ? '' : `, receipt ${row.receipt}`;
    const code = row.result === null ? '' : `${row.result} `;
    events.push(event(row.endedAt, 'result', `${code}${row.resultText ?? ''}${receipt}`));
  }
  return events;
}

function checksOf(part: Found['part']): string {
  return part === 'push'
    ? 'the token, every field and the Password were right'
    : 'the token and every field were right; who asks is judged by the result';
}

async function faultOf(client: Queryable, id: string, at: Date): Promise<PaymentEvent[]> {
  const { rows } = await client.query<{ plan: { fault: string } & Details }>(
    'select plan from mpesa.planned_fault where request_id = $1',
    [id],
  );
  return rows.map(({ plan }) =>
    event(at, 'fault', `the fault ${plan.fault} hit it`, JSON.parse(JSON.stringify(plan))),
  );
}

/** What of the books has ids that follow from a payment's. */
const PURPOSES = ['charge', 'top-up', 'take-back'] as const;
const FEES = ['stk', 'c2b', 'pay_bill', 'buy_goods', 'send_money', 'pochi', 'withdraw', 'b2c'];

async function postingsOf(client: Queryable, id: string, receipt: string | null): Promise<PaymentEvent[]> {
  const ids = [
    id,
    ...PURPOSES.map((purpose) => derivedId(purpose, id)),
    ...FEES.map((code) => derivedId(`${code}.fee`, id)),
  ];
  const { rows } = await client.query<{
    id: string;
    code: string;
    debit: bigint | null;
    credit: bigint | null;
    amount: bigint | null;
    refusal: string | null;
    at: Date;
    debitAfter: bigint | null;
    creditAfter: bigint | null;
  }>(
    `select id, code, debit, credit, amount, refusal, recorded_at as at, debit_after as "debitAfter", credit_after as "creditAfter"
     from ledger.transfer
     where id = any($1) or id = (select transfer_id from mpesa.transaction where receipt = $2)
     order by recorded_at, place`,
    [ids, receipt],
  );
  return rows.map(({ id, code, debit, credit, amount, refusal, at, debitAfter, creditAfter }) => {
    const moved = `KES ${decimal(amount ?? 0n)} from ${named(debit)} to ${named(credit)}`;
    const text = refusal === null ? `${code}: ${moved}` : `${code}: refused, ${refusal}: ${moved}`;
    return event(at, 'posting', text, {
      transfer: id,
      ...(debitAfter !== null && { debitAfter: decimal(debitAfter) }),
      ...(creditAfter !== null && { creditAfter: decimal(creditAfter) }),
    });
  });
}

function named(account: bigint | null): string {
  return account !== null && isNamed(account) ? nameOf(account) : String(account);
}

async function textsOf(client: Queryable, id: string): Promise<PaymentEvent[]> {
  const { rows } = await client.query<{ msisdn: string; text: string; at: Date }>(
    'select msisdn, text, received_at as at from handset.sms where id = any($1)',
    [[id, derivedId('received', id)]],
  );
  return rows.map(({ msisdn, text, at }) => event(at, 'sms', `to ${msisdn}: ${text}`));
}

/** Its callback, what a fault made of it, and every attempt. Copies differ in the last group alone. */
async function callbacksOf(client: Queryable, id: string): Promise<PaymentEvent[]> {
  const moment = id.slice(0, 24);
  const { rows } = await client.query<{ id: string; fault: string | null }>(
    `select id, fault from delivery.callback where id between $1 and $2`,
    [`${moment}000000000000`, `${moment}ffffffffffff`],
  );
  const mine = rows.filter((row) => row.id === id || row.fault !== null);
  const events: PaymentEvent[] = [];
  for (const row of mine) {
    const callback = await showCallback(client, row.id);
    if (callback === undefined) continue;
    const { url, headers, body, state, createdAt, dueAt, log } = callback;
    const how = row.fault === null ? '' : `, changed by the fault ${row.fault}`;
    events.push(
      event(createdAt, 'callback', `to ${url}: ${state}${how}`, {
        id: row.id,
        dueAt: dueAt.toISOString(),
        headers,
        body,
      }),
    );
    for (const { at, outcome, status, durationMs, reason, response } of log) {
      const why = reason === null ? '' : `: ${reason}`;
      const answer = status === null ? outcome : `${outcome}, HTTP ${status}`;
      events.push(
        event(at, 'attempt', `${answer} (${durationMs} ms)${why}`, response === null ? {} : { response }),
      );
    }
  }
  return events;
}

/** The callback to its biller. */
async function billPushOf(client: Queryable, receipt: string | null): Promise<PaymentEvent[]> {
  const id = receipt === null ? undefined : await findBillCallback(client, receipt);
  return id === undefined ? [] : callbacksOf(client, id);
}

/** What it had settled, and a reversal opened again. */
async function reopenedOf(client: Queryable, receipt: string | null): Promise<PaymentEvent[]> {
  const bills = receipt === null ? [] : await findReopenedBills(client, receipt);
  return bills.map(({ externalReference, cents, at }) =>
    event(at, 'reversal', `KES ${decimal(cents)} of the invoice ${externalReference} is owed again`),
  );
}

/** What queries of a push were answered: each answer once, when it was first given. */
async function queriesOf(client: Queryable, { part, row }: Found): Promise<PaymentEvent[]> {
  if (part !== 'push') return [];
  const { rows } = await client.query<{ code: string; says: string; times: number; at: Date; last: Date }>(
    `select code, says, times, first_at as at, last_at as last from mpesa.stk_query where id = $1`,
    [row.id],
  );
  return rows.map(({ code, says, times, at, last }) =>
    event(
      at,
      'query',
      `stk-query: ${`${code} ${says}`.trim()}`,
      times === 1 ? {} : { times, last: last.toISOString() },
    ),
  );
}

const MOST_LATER = 20;
const LOOKED_MS = 7 * 86_400_000;

/**
 * Requests that came after it and name it, such as a status query or a reversal; and that it was reversed.
 */
async function laterOf(client: Queryable, { row }: Found): Promise<PaymentEvent[]> {
  const names = [row.receipt, row.reference, row.originator].filter((name) => name !== null);
  const { rows } = await client.query<{ product: string; reference: string; at: Date; text: string | null }>(
    `select product, conversation_id as reference, accepted_at as at, result_desc as text from mpesa.request
     where id > $1 and accepted_at < $3 and exists (select from jsonb_each_text(details) named where value = any($2))
     order by id limit ${MOST_LATER}`,
    [row.id, names, new Date(row.at.getTime() + LOOKED_MS)],
  );
  const queries = rows.map(({ product, reference, at, text }) =>
    event(
      at,
      product === 'reversal' ? 'reversal' : 'query',
      `${product} ${reference}${text === null ? '' : `: ${text}`}`,
    ),
  );
  if (row.receipt === null) return queries;
  const { rows: reversed } = await client.query<{ receipt: string; at: Date }>(
    `select reversal.receipt, reversal.finalised_at as at from mpesa.transaction original
     join mpesa.transaction reversal on reversal.receipt = original.reversed_by where original.receipt = $1`,
    [row.receipt],
  );
  return [...queries, ...reversed.map(({ receipt, at }) => event(at, 'reversal', `reversed by ${receipt}`))];
}
