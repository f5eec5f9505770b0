/**
 * The way of a request from its acknowledgement to its one callback, in steps that know nothing of each other
 * but the rows. Each takes a batch, each arrow is one guarded update that commits together with the callback:
 *
 *   settle   accepted → resolved   who asks is judged (2001, 8006, 21), then the product answers; callback to ResultURL
 *                     → paying     … or nothing speaks against the payment: its receipt is decided, it stays claimed
 *                     → prompted   … of a product that asks first: a phone has the question
 *   collect  prompted → paying, resolved   the phone said yes, and it goes on as above; or it did not, or not in time
 *   pay      paying → resolved     by the books: result and callback commit with the verdict
 *   expire   accepted → expired    nobody dealt with it in time; callback to QueueTimeOutURL
 *
 * Who judged a payment has claimed it, and pays it from memory (`paying.ts`). A step may stop anywhere: what
 * it had claimed comes again when the claim lapses. Any number of processes may run them at once. A product
 * is settled apart from the others, so that one that hangs holds up none.
 */
import { insertCallbacks } from '../../../delivery/outbox/enqueue.ts';
import type { Handover } from '../../../delivery/outbox/handover.ts';
import type { HandsetGateway } from '../../../handset/types.ts';
import type { Books } from '../../../ledger/books.ts';
import { boundedLog } from '../../../platform/bounded-log.ts';
import type { Clock } from '../../../platform/clock.ts';
import { type Database, inTransaction } from '../../../platform/database/database.ts';
import { Deadline, DeadlineExceeded, within } from '../../../platform/deadline.ts';
import type { Log } from '../../../platform/log.ts';
import { interferenceWith } from '../../faults/planned.ts';
import type { Receipts } from '../../identifiers/receipt-numbers.ts';
import type { AccountOpener } from '../../parties/accounts/account-opener.ts';
import type { Initiators, InitiatorVerdict } from '../../parties/initiators/security-credential/check.ts';
import { parties } from '../../parties/party.ts';
import { initiatorResults, type Result } from '../../results/codes.ts';
import { type Ending, queueTimeoutCallback, resultCallback } from '../../results/envelope.ts';
import { batches } from '../../work-queue/batches.ts';
import { aboutRequest } from '../log-fields.ts';
import { type EndedRequest, isPlanned, type OpenRequest } from '../types.ts';
import { createAsking } from './asking.ts';
import type { Decided, Judged } from './judged.ts';
import { createPaying } from './paying.ts';
import {
  type Answer,
  type AskingProduct,
  asks,
  type Context,
  type PayingProduct,
  pays,
  type RequestProduct,
} from './product.ts';
import { claimOpen, endTime, expireRequests, postponeRequests, resolveRequests } from './rows.ts';

export interface RequestSettlement<Settings = unknown> {
  readonly products: readonly RequestProduct<Settings>[];
  /**
   * Each runs one batch and returns how many requests it dealt with; `BATCH` means that there may be more.
   */
  settle(product: RequestProduct<Settings>): Promise<number>;
  collect(product: AskingProduct<Settings>): Promise<number>;
  pay(product: PayingProduct<Settings>): Promise<number>;
  expire(): Promise<number>;
  /** Keeps the claims of what is not paid here yet; to be called once a second. */
  renew(): Promise<number>;
  /** Pays what was judged here and is not paid yet: no other worker would for a while. */
  finish(): Promise<void>;
}

export interface RequestSettlementOptions<Settings = unknown> {
  database: Database;
  /** For claims, of which nobody is notified: its commits need not wait for the disk. */
  steps?: Database;
  books: Pick<Books, 'balances' | 'openAccounts' | 'post'>;
  initiators: Initiators;
  receipts: Receipts;
  accounts: AccountOpener;
  products: readonly RequestProduct<Settings>[];
  /** The way to the phones, of prompts of this product's own. */
  gatewayOf: (product: string) => HandsetGateway;
  /** Those of the release in force. */
  settings: () => Settings;
  clock: Clock;
  log: Log;
  /** Sends callbacks that this process has written; without it they are found in the database. */
  handover?: Handover;
  /** Called once for each request that ended here: metrics, and evidence for the gate. */
  onEnded?: (ended: Ended) => void;
}

export interface Ended {
  readonly product: string;
  readonly result: Result;
  readonly durationMs: number;
  readonly shortCode: string;
  readonly initiator: string;
  /** A failure that somebody asked for. */
  readonly injected: boolean;
  /** Its callback waits in the database. */
  readonly waits: boolean;
}

/** Most requests a step takes at once. */
export const BATCH = 500;
const JUDGE_MS = 8_000;
const ANSWER_MS = 5_000;

export function createRequestSettlement<Settings>(
  options: RequestSettlementOptions<Settings>,
): RequestSettlement<Settings> {
  const {
    database,
    books,
    initiators,
    receipts,
    accounts,
    products,
    gatewayOf,
    settings,
    clock,
    handover,
    onEnded,
  } = options;
  const { steps = database } = options;
  const log = boundedLog(options.log);
  const { claim, step } = batches({ what: 'requests', clock, limit: BATCH });
  const byName = new Map(products.map((product) => [product.name, product]));
  const party = parties(database);

  const contextAt = (at: Date, deadline: Deadline): Context<Settings> => {
    return { database, books, accounts, party, settings: settings(), at, deadline };
  };

  /** Each request by itself: one that cannot be answered now holds up no other, and comes again later. */
  async function each<Request extends EndedRequest, Told>(
    requests: readonly Request[],
    what: string,
    deadline: Deadline,
    tell: (request: Request, own: Deadline) => Promise<Told | undefined>,
  ): Promise<Told[]> {
    const own = Deadline.in(ANSWER_MS, deadline);
    const told = new Map<Request, Told>();
    const waiting = new Set(requests);
    const notYet = (request: Request, error: unknown) =>
      log.error(() => ({ err: error, ...aboutRequest(request) }), 'a request is not answered yet');
    const all = requests.map(async (request) => {
      try {
        const one = await tell(request, own);
        if (one !== undefined) told.set(request, one);
      } catch (error) {
        if (waiting.has(request)) notYet(request, error);
      }
      waiting.delete(request);
    });
    // One timer for all of them: a timer each would cost as much as many an answer.
    await within(own, what, () => Promise.all(all)).catch((error: unknown) => {
      if (!(error instanceof DeadlineExceeded)) throw error;
      for (const request of waiting) notYet(request, error);
      waiting.clear();
    });
    return [...told.values()];
  }

  const { ask, collect } = createAsking<Settings>({
    database,
    gatewayOf,
    settings,
    clock,
    limit: BATCH,
    each,
    contextAt,
    goOn,
  });

  const paying = createPaying<Settings>({
    database: steps,
    books,
    receipts,
    clock,
    claim,
    limit: BATCH,
    each,
    contextAt,
    handover,
    tell,
  });

  async function settle(product: RequestProduct<Settings>, deadline: Deadline): Promise<number> {
    if (paying.isFull(product.name)) return 0;
    const open = await claimOpen(steps, product.name, claim());
    const claimed = await interfere(product, open);
    if (claimed.length === 0) return open.length;
    const verdicts = await judge(claimed, product, Deadline.in(JUDGE_MS, deadline));
    const decided = await each(claimed, product.name, deadline, async (request, own) => {
      const verdict = verdicts.get(request.id);
      if (verdict === undefined) return undefined;
      const at = new Date(clock.now());
      return verdict === 'ok'
        ? judgedOf(product, request, at, own)
        : { request, ending: { ...refused(verdict), at } };
    });
    await goOn(product, decided);
    if (asks(product)) await ask(product, decided, deadline);
    return open.length;
  }

  /** What is decided ends; what is not is paid, or waits for its phone. */
  async function goOn(product: RequestProduct<Settings>, decided: readonly Judged[]): Promise<void> {
    await resolve(
      product,
      decided.flatMap(({ request, ending }) => (ending === undefined ? [] : [{ request, ending }])),
    );
    await paying.add(
      product.name,
      decided.flatMap(({ request, ending, prompt }) =>
        ending === undefined && prompt === undefined ? [request] : [],
      ),
    );
  }

  /** What a failure on demand was planned for goes its way; the others are left. */
  async function interfere(
    product: RequestProduct<Settings>,
    open: readonly OpenRequest[],
  ): Promise<OpenRequest[]> {
    const nowMs = clock.now();
    const at = new Date(nowMs);
    const later: { id: string; untilMs: number }[] = [];
    const over: string[] = [];
    const decided: Decided[] = [];
    const rest: OpenRequest[] = [];
    for (const request of open) {
      const interference = interferenceWith(request, nowMs);
      if (interference.kind === 'none') rest.push(request);
      else if (interference.kind === 'wait') later.push({ id: request.id, untilMs: interference.untilMs });
      else if (interference.kind === 'queue_timeout') over.push(request.id);
      else decided.push({ request, ending: { result: interference.result, at } });
    }
    if (later.length > 0) await postponeRequests(database, later);
    if (over.length > 0) await endTime(database, over, at);
    await resolve(product, decided);
    return rest;
  }

  /** Those of one role after those of the other: each counts wrong credentials on what the last one left. */
  async function judge(
    requests: readonly OpenRequest[],
    { role }: RequestProduct<Settings>,
    deadline: Deadline,
  ): Promise<ReadonlyMap<string, InitiatorVerdict>> {
    if (role === null) return new Map(requests.map(({ id }) => [id, 'ok']));
    const verdicts = new Map<string, InitiatorVerdict>();
    const byRole = Map.groupBy(requests, (request) => (typeof role === 'string' ? role : role(request)));
    for (const [demanded, asked] of byRole)
      for (const [id, verdict] of await initiators.judge(asked, demanded, deadline))
        verdicts.set(id, verdict);
    return verdicts;
  }

  async function judgedOf(
    product: RequestProduct<Settings>,
    request: OpenRequest,
    at: Date,
    deadline: Deadline,
  ): Promise<Judged> {
    const context = contextAt(at, deadline);
    const result = pays(product) ? await product.refusal(request, context) : undefined;
    if (result !== undefined) return { request, ending: { result, at } };
    if (asks(product)) {
      const prompt = await product.asks.prompt(request, context);
      return 'code' in prompt ? { request, ending: { result: prompt, at } } : { request, prompt };
    }
    return pays(product)
      ? { request }
      : { request, ending: { ...(await product.answer(request, context)), at } };
  }

  /** What this call moved gets its callbacks with it. */
  async function resolve(product: RequestProduct<Settings>, decided: readonly Decided[]): Promise<void> {
    if (decided.length === 0) return;
    const rows = decided.map(({ request, ending }) => ({ id: request.id, result: ending.result }));
    const moved = await inTransaction(database, async (client) => {
      const ids = await resolveRequests(client, rows, new Date(clock.now()));
      const moving = decided.filter(({ request }) => ids.has(request.id));
      const callbacks = moving.flatMap(({ request, ending }) =>
        resultCallback(request, ending, product.form),
      );
      await insertCallbacks(client, callbacks);
      return moving;
    });
    for (const one of moved) tell(one);
  }

  async function expire(): Promise<number> {
    const at = new Date(clock.now());
    const ending: Ending = { result: initiatorResults.queueTimeout, at };
    const expired = await inTransaction(database, async (client) => {
      const requests = await expireRequests(client, [...byName.keys()], { now: at, limit: BATCH });
      const callbacks = requests.flatMap((request) => {
        const product = byName.get(request.product);
        return product === undefined ? [] : queueTimeoutCallback(request, ending, product.form);
      });
      await insertCallbacks(client, callbacks);
      return requests;
    });
    for (const request of expired) tell({ request, ending });
    return expired.length;
  }

  function tell({ request, ending: { result, at } }: Decided, { waits = true } = {}): void {
    const injected = isPlanned(request);
    const { product, shortCode, initiator, acceptedAt } = request;
    const durationMs = at.getTime() - acceptedAt.getTime();
    log.info(
      () => ({ ...aboutRequest(request), result: result.code, tookMs: durationMs }),
      'a request has its result',
    );
    onEnded?.({ product, result, durationMs, shortCode, initiator, injected, waits });
  }

  const payStep = (product: PayingProduct<Settings>) =>
    step(`${product.name} pays`, (deadline) => paying.pay(product, deadline));

  async function finish(): Promise<void> {
    for (const product of products)
      if (pays(product))
        while (paying.has(product.name)) {
          await payStep(product);
          await paying.renew();
        }
  }

  return {
    products,
    settle: (product) => step(product.name, (deadline) => settle(product, deadline)),
    collect: (product) => step(`${product.name} asks`, (deadline) => collect(product, deadline)),
    pay: payStep,
    expire: () => step('expire', expire),
    renew: () => step('renew', paying.renew),
    finish,
  };
}

function refused(verdict: Exclude<InitiatorVerdict, 'ok'>): Answer {
  return { result: refusals[verdict] };
}

const refusals: Record<Exclude<InitiatorVerdict, 'ok'>, Result> = {
  invalid: initiatorResults.initiatorInvalid,
  locked: initiatorResults.credentialLocked,
  not_allowed: initiatorResults.notAllowed,
};
