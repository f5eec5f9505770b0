/**
 * The payments that were judged here: their receipts are decided, and they are claimed and wait in memory for
 * the books; the claims are short, and renewed until then. What a worker left that died comes again when its
 * claim lapses.
 */
import type { Handover } from '../../../delivery/outbox/handover.ts';
import type { Books } from '../../../ledger/books.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import type { Receipts } from '../../identifiers/receipt-numbers.ts';
import { HELD_CLAIM_MS, HeldClaims } from '../../work-queue/held-claims.ts';
import type { Claim } from '../../work-queue/rows.ts';
import { aboutRequest } from '../log-fields.ts';
import { type EndedRequest, isPlanned, type PayingRequest } from '../types.ts';
import type { Decided } from './judged.ts';
import { consequences, type Outcome, outcomeOf } from './posting.ts';
import type { Context, PayingProduct } from './product.ts';
import { claimPaying, markPaying, renewPaying } from './rows.ts';

export interface PayingOptions<Settings> {
  readonly database: Database;
  readonly books: Pick<Books, 'post'>;
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly claim: (forMs: number) => Claim;
  /** Most payments at once. */
  readonly limit: number;
  /** Each request by itself, under the product's name. */
  readonly each: (
    requests: readonly PayingRequest[],
    what: string,
    deadline: Deadline,
    tell: (request: PayingRequest, own: Deadline) => Promise<undefined>,
  ) => Promise<unknown>;
  readonly contextAt: (at: Date, deadline: Deadline) => Context<Settings>;
  readonly handover: Handover | undefined;
  /** `waits`: its callback waits in the database. */
  readonly tell: (decided: Decided, told: { waits: boolean }) => void;
}

/** Batches of a product that wait; with more no others are judged. */
const MOST_BATCHES = 4;

export function createPaying<Settings>(options: PayingOptions<Settings>) {
  const { database, books, receipts, clock, claim, limit, each, contextAt, handover, tell } = options;
  /** By product. */
  const unpaid = new Map<string, PayingRequest[]>();
  const held = new HeldClaims(clock, (ids, until) => renewPaying(database, ids, until));
  const count = (name: string) => unpaid.get(name)?.length ?? 0;

  async function add(name: string, requests: readonly EndedRequest[]): Promise<void> {
    if (requests.length === 0) return;
    const numbers = await receipts.take(requests.length, clock.now());
    const paying = requests.map((request, index) => ({ ...request, receipt: numbers[index] ?? '' }));
    const taken = claim(HELD_CLAIM_MS);
    const moved = await markPaying(database, paying, taken);
    const mine = paying.filter(({ id }) => moved.has(id));
    held.hold(mine, taken.until);
    unpaid.set(name, (unpaid.get(name) ?? []).concat(mine));
  }

  /** What was judged here; when that is nothing, what another worker judged and did not pay. */
  async function pay(product: PayingProduct<Settings>, deadline: Deadline): Promise<number> {
    const claimed = unpaid.get(product.name)?.splice(0, limit) ?? [];
    if (claimed.length === 0) {
      const taken = claim(HELD_CLAIM_MS);
      claimed.push(...(await claimPaying(database, product.name, taken)));
      held.hold(claimed, taken.until);
    }
    try {
      await each(claimed, product.name, deadline, (request, own) => payOne(product, request, own));
    } finally {
      held.letGo(claimed);
    }
    return claimed.length;
  }

  async function payOne(
    product: PayingProduct<Settings>,
    request: PayingRequest,
    deadline: Deadline,
  ): Promise<undefined> {
    const at = new Date(clock.now());
    const payment = await product.payment(request, contextAt(at, deadline));
    const posting = { request, payment, at };
    // What a fault has planned may concern the callback too.
    const claimed = isPlanned(request) ? undefined : handover?.claim(request.resultUrl);
    let outcome: Outcome | undefined;
    let taken = false;
    try {
      const { replayed } = await books.post(
        {
          about: aboutRequest(request),
          transfers: payment.transfers,
          companions(verdict) {
            outcome = outcomeOf(posting, verdict, product.form);
            return outcome === undefined ? [] : consequences(posting, verdict, outcome, claimed);
          },
        },
        deadline,
      );
      if (outcome === undefined)
        throw new Error(`a transfer id of request ${request.id} was spent on another posting`);
      // Of a posting that was made before, the callback may be anybody's, and sent.
      const [callback] = replayed ? [] : outcome.callbacks;
      if (claimed !== undefined && callback !== undefined) {
        handover?.take(callback, claimed);
        taken = true;
      }
      tell({ request, ending: outcome.ending }, { waits: !taken });
    } finally {
      if (!taken && claimed !== undefined) handover?.letGo(claimed);
    }
    return undefined;
  }

  return {
    /** To be paid: `accepted` or `prompted → paying`, with their receipts. */
    add,
    pay,
    /** To be called once a second. */
    renew: () => held.renew(),
    has: (name: string) => count(name) > 0,
    isFull: (name: string) => count(name) >= MOST_BATCHES * limit,
  };
}
