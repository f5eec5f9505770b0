/**
 * The way of a request from its acknowledgement to its one callback, in two steps that know nothing of each other but
 * the rows. Each takes a batch, each arrow is one guarded update that commits together with the callback:
 *
 *   settle   accepted → resolved   who asks is judged (2001, 8006, 21), then the product answers; callback to ResultURL
 *   expire   accepted → expired    nobody dealt with it in time; callback to QueueTimeOutURL
 *
 * A step may stop anywhere: what it had claimed comes again when the claim lapses. Any number of processes may run them
 * at once. A product is settled apart from the others, so that one that hangs holds up none.
 */
import { insertCallbacks } from '../../delivery/enqueue.ts';
import type { Books } from '../../ledger/books.ts';
import { boundedLog } from '../../platform/bounded-log.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Database, inTransaction } from '../../platform/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import type { Initiators, InitiatorVerdict } from '../parties/initiators.ts';
import { type Result, results } from '../results/codes.ts';
import { type Ending, queueTimeoutCallback, resultCallback } from '../results/envelope.ts';
import { aboutRequest } from './about.ts';
import type { RequestProduct } from './product.ts';
import { claimOpen, expireRequests, resolveRequests } from './rows.ts';
import type { OpenRequest } from './types.ts';

export interface RequestSettlement {
  readonly products: readonly RequestProduct[];
  /** Each runs one batch and returns how many requests it dealt with; `BATCH` means that there may be more. */
  settle(product: RequestProduct): Promise<number>;
  expire(): Promise<number>;
}

export interface RequestSettlementOptions {
  database: Database;
  books: Pick<Books, 'balances'>;
  initiators: Initiators;
  products: readonly RequestProduct[];
  clock: Clock;
  log: Log;
  /** Called once for each request that ended here: metrics, and evidence for the gate. */
  onEnded?: (ended: Ended) => void;
}

export interface Ended {
  readonly product: string;
  readonly result: Result;
  readonly durationMs: number;
  readonly shortCode: string;
  readonly initiator: string;
}

/** Most requests a step takes at once. */
export const BATCH = 200;
/** A step's whole time; a claim outlives it, so that nobody else takes what is still being worked on. */
const STEP_MS = 15_000;
const CLAIM_MS = 30_000;
const JUDGE_MS = 8_000;
const ANSWER_MS = 5_000;

export function createRequestSettlement(options: RequestSettlementOptions): RequestSettlement {
  const { database, books, initiators, products, clock, onEnded } = options;
  const log = boundedLog(options.log);
  const byName = new Map(products.map((product) => [product.name, product]));

  const claim = () => {
    const nowMs = clock.now();
    return { now: new Date(nowMs), until: new Date(nowMs + CLAIM_MS), limit: BATCH };
  };

  async function settle(product: RequestProduct, deadline: Deadline): Promise<number> {
    const claimed = await claimOpen(database, product.name, claim());
    if (claimed.length === 0) return 0;
    const verdicts = await initiators.judge(claimed, product.role, Deadline.in(JUDGE_MS, deadline));
    const endings = await Promise.all(
      claimed.map((request) => endingOf(product, request, verdicts.get(request.id), deadline)),
    );
    await resolve(
      product,
      endings.filter((each) => each !== undefined),
    );
    return claimed.length;
  }

  /** `undefined`: it cannot be told now. */
  async function endingOf(
    product: RequestProduct,
    request: OpenRequest,
    verdict: InitiatorVerdict | undefined,
    deadline: Deadline,
  ): Promise<Decided | undefined> {
    if (verdict === undefined) return undefined;
    const at = new Date(clock.now());
    if (verdict !== 'ok') return { request, ending: { result: refusals[verdict], at } };
    const own = Deadline.in(ANSWER_MS, deadline);
    try {
      const answer = await within(own, product.name, () =>
        product.answer(request, { database, books, at, deadline: own }),
      );
      return { request, ending: { ...answer, at } };
    } catch (error) {
      log.error(() => ({ err: error, ...aboutRequest(request) }), 'a request is not answered yet');
      return undefined;
    }
  }

  /** What this call moved gets its callbacks with it. */
  async function resolve(product: RequestProduct, decided: readonly Decided[]): Promise<void> {
    if (decided.length === 0) return;
    const rows = decided.map(({ request, ending }) => ({ id: request.id, result: ending.result }));
    const moved = await inTransaction(database, async (client) => {
      const ids = await resolveRequests(client, rows, new Date(clock.now()));
      const moving = decided.filter(({ request }) => ids.has(request.id));
      const callbacks = moving.map(({ request, ending }) => resultCallback(request, ending, product.form));
      await insertCallbacks(client, callbacks);
      return moving;
    });
    for (const each of moved) tell(each);
  }

  async function expire(): Promise<number> {
    const at = new Date(clock.now());
    const ending: Ending = { result: results.queueTimeout, at };
    const expired = await inTransaction(database, async (client) => {
      const requests = await expireRequests(client, [...byName.keys()], { now: at, limit: BATCH });
      const callbacks = requests.flatMap((request) => {
        const product = byName.get(request.product);
        return product === undefined ? [] : [queueTimeoutCallback(request, ending, product.form)];
      });
      await insertCallbacks(client, callbacks);
      return requests;
    });
    for (const request of expired) tell({ request, ending });
    return expired.length;
  }

  function tell({ request, ending: { result, at } }: Decided): void {
    const { product, shortCode, initiator, acceptedAt } = request;
    const durationMs = at.getTime() - acceptedAt.getTime();
    log.info(
      () => ({ ...aboutRequest(request), result: result.code, tookMs: durationMs }),
      'a request has its result',
    );
    onEnded?.({ product, result, durationMs, shortCode, initiator });
  }

  const step = (name: string, work: (deadline: Deadline) => Promise<number>) => {
    const deadline = Deadline.in(STEP_MS);
    return within(deadline, `requests: ${name}`, () => work(deadline));
  };
  return {
    products,
    settle: (product) => step(product.name, (deadline) => settle(product, deadline)),
    expire: () => step('expire', expire),
  };
}

interface Decided {
  readonly request: OpenRequest;
  readonly ending: Ending;
}

const refusals: Record<Exclude<InitiatorVerdict, 'ok'>, Result> = {
  invalid: results.initiatorInvalid,
  locked: results.credentialLocked,
  not_allowed: results.notAllowed,
};
