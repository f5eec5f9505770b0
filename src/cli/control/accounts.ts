import type { MovementView } from '../../control/contract/resources/directories/accounts.ts';
import { exitCodes } from '../failure.ts';
import { eat } from '../local/call.ts';
import { columns, print, printJson, say } from '../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from './control-plane.ts';
import { csvLine, readReceipts } from './receipts-file.ts';

interface Span {
  from?: number;
  to?: number;
}

const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

/** One row a movement with the running balance, all pages of it; CSV as it is read. */
export async function showStatement(
  account: string,
  options: ControlOptions & Span & { csv?: true },
): Promise<void> {
  const control = await controlPlane(options);
  const query = { from: iso(options.from), to: iso(options.to) ?? new Date().toISOString() };
  let after: string | undefined;
  let opening: string | undefined;
  const all: MovementView[] = [];
  if (options.csv) print('at,code,counterpart,receipt,amount,balance,transfer');
  do {
    const page = await control.call('GET /accounts/:account/statement', {
      params: { account },
      query: { ...query, after },
    });
    opening ??= page.opening;
    if (options.csv) for (const movement of page.movements) print(csvLine(cellsOf(movement)));
    else all.push(...page.movements);
    after = page.next ?? undefined;
  } while (after !== undefined);
  if (options.csv) return;
  if (options.json) return printJson({ account, opening, movements: all });
  const rows = all.map(({ at, code, counterpart, receipt, amount, balance }) => [
    eat(at),
    code,
    counterpart,
    receipt ?? '',
    amount,
    balance,
  ]);
  print(
    columns(
      [
        ['AT', 'FOR', 'WITH', 'RECEIPT', 'AMOUNT', 'BALANCE'],
        ['', 'opening', '', '', '', opening ?? ''],
        ...rows,
      ],
      { spare: [0, 2] },
    ),
  );
}

function cellsOf({ at, code, counterpart, receipt, amount, balance, transfer }: MovementView): string[] {
  return [at, code, counterpart, receipt ?? '', amount, balance, transfer];
}

export async function showBalance(account: string, options: ControlOptions & { at?: number }): Promise<void> {
  const control = await controlPlane(options);
  const answer = await control.call('GET /accounts/:account/balance', {
    params: { account },
    query: { at: iso(options.at) },
  });
  if (options.json) return printJson(answer);
  print(answer.balance);
}

/**
 * A merchant's list of receipts against the books: missing there, extra there, another amount. The file is
 * read as it comes; of each receipt a number is kept, 8 bytes.
 */
export async function reconcile(
  file: string,
  options: ControlOptions & Span & { shortCode: string },
): Promise<void> {
  const { shortCode, json } = options;
  const control = await controlPlane(options);
  const missing: string[] = [];
  const different: { receipt: string; file: string; books: string }[] = [];
  let [first, last]: [string | undefined, string | undefined] = [iso(options.from), iso(options.to)];
  const seen = await readReceipts(file, async (batch) => {
    const answer = await control.call('POST /reconciliation', { body: { shortCode, receipts: batch } });
    missing.push(...answer.missing);
    const amounts = new Map(batch.map(({ receipt, amount }) => [receipt, amount]));
    for (const { receipt, amount } of answer.different)
      different.push({ receipt, file: amounts.get(receipt) ?? '', books: amount });
    if (options.from === undefined && answer.first !== null && (first ?? answer.first) >= answer.first)
      first = answer.first;
    if (options.to === undefined && answer.last !== null && (last ?? answer.last) <= answer.last)
      last = answer.last;
  });
  const extra: { receipt: string; at: string; amount: string }[] = [];
  if (first !== undefined && last !== undefined) {
    let after: string | undefined;
    do {
      const page = await control.call('GET /transactions', {
        query: { shortCode, from: first, to: last, after },
      });
      for (const { receipt, at, amount } of page.transactions)
        if (!seen.has(receipt)) extra.push({ receipt, at, amount });
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
  const agrees = missing.length + extra.length + different.length === 0;
  if (json)
    printJson({ receipts: seen.size, from: first ?? null, to: last ?? null, missing, extra, different });
  else {
    const rows = [
      ...missing.map((receipt) => ['missing', receipt, 'not in the books']),
      ...extra.map(({ receipt, at, amount }) => [
        'extra',
        receipt,
        `${amount} at ${eat(at)}, not in the file`,
      ]),
      ...different.map(({ receipt, file: told, books }) => [
        'different',
        receipt,
        `${told} in the file, ${books} in the books`,
      ]),
    ];
    if (rows.length > 0) print(columns(rows));
    say(
      agrees
        ? `All ${seen.size} receipts agree with the books.`
        : `${seen.size} receipts: ${missing.length} missing, ${extra.length} extra, ${different.length} different.`,
    );
  }
  if (!agrees) process.exitCode = exitCodes.failed;
}
