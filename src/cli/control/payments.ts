import { setTimeout as sleep } from 'node:timers/promises';
import type { PaymentView } from '../../control/contract/resources/directories/payments.ts';
import { eat } from '../local/call.ts';
import { columns, facts, paint, print, printJson, say } from '../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from './control-plane.ts';

export interface PaymentFilters {
  state?: PaymentView['state'];
  phone?: string;
  shortCode?: string;
  product?: string;
  since?: number;
  amount?: string;
  synthetic?: true;
}

function queryOf({ state, phone, shortCode, product, since, amount, synthetic }: PaymentFilters) {
  return {
    state,
    phone,
    shortCode,
    product,
    since: since === undefined ? undefined : new Date(since).toISOString(),
    amount,
    ...(synthetic && { synthetic: 'true' as const }),
  };
}

/** What was asked for and taken. */
export async function listPayments(
  options: ControlOptions & PaymentFilters & { limit: number },
): Promise<void> {
  const control = await controlPlane(options);
  const { payments } = await control.call('GET /payments', {
    query: { ...queryOf(options), limit: options.limit },
  });
  if (options.json) return printJson({ payments });
  const head = ['AT', 'PRODUCT', 'PHONE', 'SHORT CODE', 'AMOUNT', 'STATE', 'RECEIPT', 'ID'];
  print(columns([head, ...payments.map(rowOf)], { spare: [0, 3, 6] }));
  if (payments.length > 0) say('`npx imara payment show ID` tells everything about one.');
}

function rowOf({
  at,
  product,
  party,
  shortCode,
  amount,
  state,
  result,
  receipt,
  reference,
}: PaymentView): string[] {
  const how = state === 'failed' ? `failed ${result ?? ''}`.trim() : state;
  return [eat(at), product, party ?? '', shortCode ?? '', amount ?? '', how, receipt ?? '', reference];
}

const TAIL_MS = 500;
const MOST_KNOWN = 10_000;

/** The same as it goes, a line at each change, until Ctrl-C. */
export async function tailPayments(options: ControlOptions & PaymentFilters): Promise<void> {
  const control = await controlPlane(options);
  const known = new Set<string>();
  const from = options.since === undefined ? undefined : new Date(options.since).toISOString();
  const query = { ...queryOf(options), since: undefined };
  let after = from;
  for (;;) {
    const { payments, next } = await control.call('GET /payments/changes', {
      query: { ...query, after },
    });
    for (const payment of payments) {
      const change = `${payment.id} ${payment.state}`;
      if (known.has(change)) continue;
      known.add(change);
      if (options.json) print(JSON.stringify(payment));
      else print(rowOf(payment).filter(Boolean).join('  '));
    }
    // The oldest first: what is two seconds old does not come again.
    for (const change of known) {
      if (known.size <= MOST_KNOWN) break;
      known.delete(change);
    }
    after = next;
    await sleep(TAIL_MS);
  }
}

/** Everything about one, in the order of time. */
export async function showPayment(id: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const page = await control.call('GET /payments/:id', { params: { id } });
  if (options.json) return printJson(page);
  const { product, reference, party, shortCode, amount, account, receipt, state, events } = page;
  const known: [string, string | null][] = [
    [product === 'stk' ? 'CheckoutRequestID' : 'ConversationID', reference],
    ['product', product],
    ['phone', party],
    ['short code', shortCode],
    ['amount', amount],
    ['account', account],
    ['receipt', receipt],
    ['state', state],
  ];
  print(facts(known.flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, value]]))));
  for (const { at, kind, text, details } of events) {
    print(`${paint('dim', timeOf(at))}  ${kind.padEnd(10)}  ${text}`);
    const more = Object.entries(details).map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    if (more.length > 0) print(paint('dim', `    ${more.join('  ')}`));
  }
}

/** To the millisecond: what happened to one payment happened within a few. */
function timeOf(iso: string): string {
  return `${eat(iso)}.${iso.slice(20, 23)}`;
}
