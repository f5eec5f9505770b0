import type { Entry } from './entries.ts';
import { type Level, levels } from './record.ts';

export interface Filter {
  /** This level and above; lines without one are shown whatever it is, because a crash has none. */
  level?: Level | undefined;
  sinceMs?: number | undefined;
  /** Any of its ids. */
  payment?: Payment | undefined;
  /** Also synthetic traffic. */
  synthetic?: boolean | undefined;
}

export function isWanted(entry: Entry, { level, sinceMs = 0, payment, synthetic = false }: Filter): boolean {
  if (entry.placeMs < sinceMs) return false;
  if (level !== undefined && entry.level !== undefined && rank(entry.level) < rank(level)) return false;
  if (payment !== undefined) return payment.isIn(entry);
  return synthetic || !isSynthetic(entry);
}

/** Marked where it was written. */
export function isSynthetic({ fields }: Entry): boolean {
  return fields.synthetic === true;
}

function rank(level: Level): number {
  return levels.indexOf(level);
}

/**
 * A receipt that is looked for is on few lines, a CheckoutRequestID on all: so many payments may one id lead
 * to.
 */
const MOST_IDS = 64;

/**
 * The payment with an id: its CheckoutRequestID, MerchantRequestID or receipt. A line that has the id and a
 * CheckoutRequestID leads to every other line of the payment.
 */
export class Payment {
  readonly #ids: Set<string>;

  constructor(id: string) {
    this.#ids = new Set([id]);
  }

  /** Learns from a line what else the payment is known by. */
  learn(entry: Entry): void {
    const { CheckoutRequestID } = entry.fields;
    if (typeof CheckoutRequestID !== 'string' || this.#ids.size >= MOST_IDS) return;
    if (!this.#ids.has(CheckoutRequestID) && this.isIn(entry)) this.#ids.add(CheckoutRequestID);
  }

  isIn({ message, fields }: Entry): boolean {
    for (const id of this.#ids) if (hasText(fields, id) || message.includes(id)) return true;
    return false;
  }
}

function hasText(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value.includes(text);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => hasText(inner, text));
}
