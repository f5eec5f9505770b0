import type { Database } from '../../platform/database/database.ts';
import { eatCalendar } from '../fields/times/east-africa-time.ts';

/**
 * Receipt numbers, 10 characters: year (A = 2006), month (A = January), day in East Africa (1–9, then A = 10
 * … V = 31), and 7 letters and digits about which the vendor says nothing. Ours are a counter, so no two are
 * equal, whichever process makes them: the database hands out blocks of the counter, a process numbers from
 * its block.
 */
export interface Receipts {
  /**
   * `count` new receipts of the day of `nowMs` in East Africa. A block that is not used up is lost with the
   * process.
   */
  take(count: number, nowMs: number): Promise<string[]>;
}

const FIRST_YEAR = 2006;
const LETTERS = 26;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const BASE = 36n;
/**
 * The last 4 characters: they change from one receipt to the next; the 3 before them stay for a while, as the
 * vendor's do.
 */
const LOW = BASE ** 4n;
/** Prime to 36, so that counting in steps of it meets each of the 36⁴ endings once before any comes again. */
const STEP = 1_082_461n;
const ALL = BASE ** 7n;

export function createReceipts(database: Database, { blockSize = 1_000 } = {}): Receipts {
  let next = 0n;
  let end = 0n;

  return {
    async take(count, nowMs) {
      if (count > end - next) {
        const size = Math.max(blockSize, count);
        const { rows } = await database.query<{ next: bigint }>({
          name: 'mpesa_receipt_block',
          text: 'update mpesa.receipt_counter set next = next + $1 returning next',
          values: [size],
        });
        const [row] = rows;
        if (row === undefined) throw new Error('mpesa.receipt_counter has lost its row');
        end = row.next;
        next = end - BigInt(size);
      }
      const first = next;
      next += BigInt(count);
      return Array.from({ length: count }, (_, i) => formatReceipt(first + BigInt(i), nowMs));
    },
  };
}

/** The receipt of a number (0 … 36⁷ − 1, then from the start, years later) on a day. */
export function formatReceipt(number: bigint, nowMs: number): string {
  const high = (number / LOW) % (ALL / LOW);
  const low = (number * STEP) % LOW;
  return datePrefix(nowMs) + digits(high, 3) + digits(low, 4);
}

/** The first three characters of a receipt; what moves no money is numbered with them and seven zeros. */
export function datePrefix(nowMs: number): string {
  const { year, month, day } = eatCalendar(nowMs);
  const letter = (n: number) => String.fromCharCode('A'.charCodeAt(0) + (n % LETTERS));
  return letter(year - FIRST_YEAR) + letter(month - 1) + ALPHABET.charAt(day);
}

/**
 * The day a receipt was made, by its first three characters; `undefined`: it is no receipt. Good until 2031.
 */
export function receiptDay(receipt: string): { year: number; month: number; day: number } | undefined {
  if (!/^[A-Z][A-L][1-9A-V][0-9A-Z]{7}$/.test(receipt)) return undefined;
  const letter = (at: number) => receipt.charCodeAt(at) - 'A'.charCodeAt(0);
  return { year: FIRST_YEAR + letter(0), month: letter(1) + 1, day: ALPHABET.indexOf(receipt.charAt(2)) };
}

function digits(value: bigint, width: number): string {
  return value.toString(Number(BASE)).toUpperCase().padStart(width, '0');
}
