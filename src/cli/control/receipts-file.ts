import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { exitCodes, Failure } from '../failure.ts';

export interface ReceiptRow {
  receipt: string;
  amount: string;
}

/** What was read, for a look-up: 8 bytes a receipt, because ten characters of 36 fit a number exactly. */
export interface SeenReceipts {
  readonly size: number;
  has(receipt: string): boolean;
}

const BATCH = 500;
const MOST_RECEIPTS = 5_000_000;
const MOST_FAULTS = 20;
const RECEIPT = /^[A-Z0-9]{10}$/;
const AMOUNT = /^\d{1,12}([.]\d{1,2})?$/;
const NAMES = {
  receipt: ['receipt', 'receiptno', 'mpesareceiptnumber', 'transid', 'transactionid'],
  amount: ['amount', 'paidin', 'transamount'],
};

/**
 * Reads a merchant's CSV: a head that names a column of receipts and one of amounts, and a row a payment.
 * Each batch is dealt with before more is read. Every row that cannot be read is named by its line, before an
 * answer is.
 */
export async function readReceipts(
  file: string,
  deal: (batch: readonly ReceiptRow[]) => Promise<void>,
): Promise<SeenReceipts> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const faults: string[] = [];
  let at: { receipt: number; amount: number } | undefined;
  let batch: ReceiptRow[] = [];
  let numbers = new Float64Array(1_024);
  let size = 0;
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      const cells = cellsOf(text.replace(/^\uFEFF/, ''));
      if (at === undefined) {
        at = columnsOf(cells);
        continue;
      }
      const receipt = (cells[at.receipt] ?? '').trim().toUpperCase();
      const amount = (cells[at.amount] ?? '').trim().replaceAll(',', '');
      const fault = !RECEIPT.test(receipt)
        ? `"${receipt.slice(0, 40)}" is no receipt`
        : AMOUNT.test(amount)
          ? undefined
          : `"${amount.slice(0, 40)}" is no amount`;
      if (fault !== undefined) {
        faults.push(`line ${line}: ${fault}`);
        if (faults.length >= MOST_FAULTS) break;
        continue;
      }
      if (size === MOST_RECEIPTS)
        throw wrong(file, `it has more than ${MOST_RECEIPTS.toLocaleString('en-US')} receipts`);
      if (size === numbers.length) {
        const larger = new Float64Array(size * 2);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[size] = Number.parseInt(receipt, 36);
      size += 1;
      batch.push({ receipt, amount });
      if (batch.length < BATCH || faults.length > 0) {
        if (faults.length > 0) batch = [];
        continue;
      }
      await deal(batch);
      batch = [];
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Error && 'code' in error) throw wrong(file, error.message);
    throw error;
  } finally {
    lines.close();
  }
  if (faults.length > 0) throw wrong(file, faults.join('\n'));
  if (at === undefined) throw wrong(file, 'it is empty');
  if (batch.length > 0) await deal(batch);
  const sorted = numbers.subarray(0, size).sort();
  return { size, has: (receipt) => isIn(sorted, Number.parseInt(receipt, 36)) };
}

function columnsOf(head: readonly string[]): { receipt: number; amount: number } {
  const plain = head.map((name) => name.toLowerCase().replace(/[^a-z]/g, ''));
  const receipt = plain.findIndex((name) => NAMES.receipt.includes(name));
  const amount = plain.findIndex((name) => NAMES.amount.includes(name));
  if (receipt === -1 || amount === -1)
    throw new Failure({
      what: `Line 1 names no column of ${receipt === -1 ? 'receipts' : 'amounts'}.`,
      why: `It has ${head.join(', ').slice(0, 200)}.`,
      fix: 'Give a CSV file with a head: receipt,amount (or MpesaReceiptNumber, TransID; TransAmount, Paid In).',
      exitCode: exitCodes.usage,
    });
  return { receipt, amount };
}

function wrong(file: string, why: string): Failure {
  return new Failure({
    what: `${file} cannot be reconciled.`,
    why,
    fix: 'A row has a receipt of ten letters and digits, and an amount such as 1250 or 1,250.00.',
    exitCode: exitCodes.usage,
  });
}

/** The cells of a line (RFC 4180, without line breaks in a cell). */
function cellsOf(line: string): string[] {
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(cells, ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain);
}

/** A line of cells as it is read above. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}

function isIn(sorted: Float64Array, wanted: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}
