import { insertCallbacks } from '../../../../delivery/outbox/enqueue.ts';
import type { Handover } from '../../../../delivery/outbox/handover.ts';
import { insertSms } from '../../../../handset/sms.ts';
import type { Answer, AnswerOutcome, HandsetGateway } from '../../../../handset/types.ts';
import type { Books } from '../../../../ledger/books.ts';
import { boundedLog } from '../../../../platform/bounded-log.ts';
import type { Clock } from '../../../../platform/clock.ts';
import { type Database, inTransaction } from '../../../../platform/database/database.ts';
import { type Deadline, within } from '../../../../platform/deadline.ts';
import type { Log } from '../../../../platform/log.ts';
import { interferenceWith } from '../../../faults/planned.ts';
import type { Receipts } from '../../../identifiers/receipt-numbers.ts';
import type { AccountOpener } from '../../../parties/accounts/account-opener.ts';
import type { TermsOf } from '../../../parties/accounts/wallet-terms.ts';
import { chargeOf } from '../../../parties/charges/tariff.ts';
import type { ResultCode } from '../../../results/codes.ts';
import { batches } from '../../../work-queue/batches.ts';
import { HELD_CLAIM_MS, HeldClaims } from '../../../work-queue/held-claims.ts';
import { aboutPayment } from '../log-fields.ts';
import { type StkResult, stkResults } from '../results.ts';
import type { StkSettings } from '../settings.ts';
import { payeeOf, paymentPosting } from './money.ts';
import { promptText, type Resolution, resultCallback, resultSms } from './result.ts';
import {
  type AnsweredPush,
  claimAccepted,
  claimAnswered,
  markAnswered,
  markPrompted,
  type OpenPush,
  postponePushes,
  renewAnswered,
  resolveOpen,
  resolveUnpaid,
  selectExpired,
  selectOpen,
  selectRepeated,
} from './rows.ts';
import { hasOperator, refusalBeforePrompt } from './rules.ts';

/**
 * The way of a push from its acknowledgement to its one result, in four steps that know nothing of each other
 * but the rows. Each takes a batch, each arrow is one guarded update:
 *
 *   send     accepted → prompted   the gateway has it; or → resolved when a rule forbids it (2, 3, 17, 2028)
 *   collect  prompted → answered   the phone said yes, and the receipt is decided; any other answer is a
 *                     → resolved   result (1019, 1025, 1032, 1037, 2001, 8006)
 *   expire   accepted, prompted → resolved   nobody answered in time: 1019, 1037
 *   pay      answered → resolved   by the books: result, callback and SMS commit with the verdict (0, 1, 4, 8, 11);
 *                                  without them when there is nobody to pay (SFC_IC0003)
 *
 * Who collects an answer has claimed the payment with it, and pays it from memory; its claim is short, and
 * renewed until the payment is made, so that the payments of a worker that dies wait for seconds alone. A
 * step may stop anywhere: what it had claimed comes again when the claim lapses, and whatever it had done is
 * found done. Any number of processes may run them at once.
 */
export interface StkSettlement {
  /** Each runs one batch and returns how many pushes it dealt with; `BATCH` means that there may be more. */
  send(): Promise<number>;
  collect(): Promise<number>;
  /** After `collect` found no more: an answer that came in time is worth more than the expiry. */
  expire(): Promise<number>;
  pay(): Promise<number>;
  /** Keeps the claims of what was collected here and is not paid yet; to be called once a second. */
  renew(): Promise<number>;
  /** Pays what was collected here and is not paid yet: no other worker would for a while. */
  finish(): Promise<void>;
}

export interface StkSettlementOptions {
  database: Database;
  /**
   * For claims, prompts and answers, of which nobody is notified: its commits need not wait for the disk.
   * What is undone by a crash of the server is done again, and what followed from it is undone with it.
   */
  steps?: Database;
  books: Pick<Books, 'post'>;
  accounts: AccountOpener;
  receipts: Receipts;
  gateway: HandsetGateway;
  /** Whose daily limit is not everybody's. */
  termsOf: TermsOf;
  settings: () => StkSettings;
  clock: Clock;
  log: Log;
  /** Sends callbacks that this process has written; without it they are found in the database. */
  handover?: Handover;
  /** Called once for each push that was resolved here: metrics, and evidence for the gate. */
  onResolved?: (resolved: Resolved) => void;
}

export interface Resolved {
  readonly code: ResultCode;
  readonly durationMs: number;
  readonly msisdn: string;
  readonly shortCode: string;
  /** A failure that somebody asked for. */
  readonly injected: boolean;
  /** Its callback waits in the database. */
  readonly waits: boolean;
}

/** Most pushes a step takes at once. */
export const BATCH = 500;
/** Answers that wait to be paid; with more of them no others are collected. */
const MOST_UNPAID = 8 * BATCH;

export function createStkSettlement(options: StkSettlementOptions): StkSettlement {
  const { database, books, accounts, receipts, gateway, termsOf, settings, clock, handover, onResolved } =
    options;
  const { steps = database } = options;
  const log = boundedLog(options.log);
  /** Answered and claimed here, not paid yet. */
  let unpaid: AnsweredPush[] = [];

  const { claim, step } = batches({ what: 'settlement', clock, limit: BATCH });
  const held = new HeldClaims(clock, (ids, until) => renewAnswered(steps, ids, until));

  /** Results without money: the rows that this call moved get their callbacks and texts with it. */
  async function resolve(results: ReadonlyMap<string, OpenResult>): Promise<string[]> {
    if (results.size === 0) return [];
    const now = new Date(clock.now());
    const resolutions = await inTransaction(database, async (client) => {
      const rows = [...results].map(([id, { result }]) => ({ id, result }));
      const moved = await resolveOpen(client, rows, now);
      const moving = moved.flatMap((push) => {
        const decided = results.get(push.id);
        return decided === undefined ? [] : [openResolution(push, decided, now, settings())];
      });
      await insertCallbacks(client, moving.map(resultCallback));
      await insertSms(
        client,
        moving.map(resultSms).filter((sms) => sms !== undefined),
      );
      return moving;
    });
    for (const done of resolutions) tell(done);
    return resolutions.map(({ push }) => push.id);
  }

  function tell({ push, result, at, payment }: Resolution, { waits = true } = {}): void {
    const { msisdn, shortCode, acceptedAt } = push;
    const durationMs = at.getTime() - acceptedAt.getTime();
    const ended = () => ({ ...aboutPayment(push), result: result.code, tookMs: durationMs });
    if (payment !== undefined) log.info(() => ({ ...ended(), receipt: payment.receipt }), 'paid');
    else log.info(() => ({ ...ended(), why: result.callback }), 'not paid');
    onResolved?.({ code: result.code, durationMs, msisdn, shortCode, injected: isPlanned(push), waits });
  }

  async function send(deadline: Deadline): Promise<number> {
    const current = settings();
    const claimed = await claimAccepted(steps, claim());
    if (claimed.length === 0) return 0;
    const repeated =
      current.repeatedAmountWindowMs > 0
        ? await selectRepeated(steps, claimed.map(idOf), current.repeatedAmountWindowMs)
        : new Set<string>();
    const refused = new Map<string, OpenResult>();
    const prompted: OpenPush[] = [];
    const later: { id: string; untilMs: number }[] = [];
    const nowMs = clock.now();
    for (const push of claimed) {
      const interference = interferenceWith(push, nowMs);
      if (interference.kind === 'wait') {
        later.push({ id: push.id, untilMs: interference.untilMs });
        continue;
      }
      if (interference.kind === 'result') {
        refused.set(push.id, { result: interference.result });
        continue;
      }
      const result = refusalBeforePrompt(push, repeated.has(push.id), current);
      if (result === undefined) prompted.push(push);
      else refused.set(push.id, { result });
    }
    if (later.length > 0) await postponePushes(steps, later);
    await resolve(refused);
    if (prompted.length > 0) {
      const prompts = prompted.map((push) => ({
        id: push.id,
        msisdn: push.msisdn,
        text: promptText(push),
        expiresAt: push.expiresAt,
      }));
      await within(deadline, 'prompting phones', (signal) => gateway.prompt(prompts, signal));
      await markPrompted(steps, prompted.map(idOf), new Date(clock.now()));
      for (const push of prompted) log.info(() => aboutPayment(push), 'the phone asks');
    }
    return claimed.length;
  }

  async function collect(deadline: Deadline): Promise<number> {
    if (unpaid.length >= MOST_UNPAID) return 0;
    const answers = await within(deadline, 'answers of phones', (signal) => gateway.answers(BATCH, signal));
    if (answers.length === 0) return 0;
    const moved = new Set([
      ...(await accept(answers.filter(({ outcome }) => outcome === 'accepted').map(idOf))),
      ...(await resolve(resultsOf(answers))),
    ]);
    // What another worker holds locked is not dealt with yet, as far as anybody can tell.
    const unmoved = answers.map(idOf).filter((id) => !moved.has(id));
    const open = unmoved.length > 0 ? await selectOpen(steps, unmoved) : new Set<string>();
    const dealtWith = [...moved, ...unmoved.filter((id) => !open.has(id))];
    await within(deadline, 'acknowledging answers', (signal) => gateway.acknowledge(dealtWith, signal));
    return answers.length;
  }

  async function accept(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const numbers = await receipts.take(ids.length, clock.now());
    const mine = claim(HELD_CLAIM_MS);
    const answered = await markAnswered(steps, ids, numbers, mine);
    held.hold(answered, mine.until);
    unpaid = unpaid.concat(answered);
    return answered.map(idOf);
  }

  /** What was collected here; when that is nothing, what another worker collected and did not pay. */
  async function pay(deadline: Deadline): Promise<number> {
    const claimed = unpaid.splice(0, BATCH);
    if (claimed.length === 0) {
      const mine = claim(HELD_CLAIM_MS);
      claimed.push(...(await claimAnswered(steps, mine)));
      held.hold(claimed, mine.until);
    }
    try {
      await payAll(claimed, deadline);
    } finally {
      held.letGo(claimed);
    }
    return claimed.length;
  }

  /**
   * Each push by itself: what the books refuse, or cannot say in time, is one push's matter and comes again
   * later.
   */
  async function payAll(claimed: readonly AnsweredPush[], deadline: Deadline): Promise<void> {
    const payable = claimed.filter(hasOperator);
    await refuse(claimed.filter((push) => !hasOperator(push)));
    if (payable.length === 0) return;
    const msisdns = payable.map(({ msisdn }) => msisdn);
    await accounts.open({ msisdns, shortCodes: payable.map(payeeOf) }, deadline);
    await Promise.all(
      payable.map((push) =>
        payOne(push, deadline).catch((error: unknown) => {
          log.error(() => ({ err: error, ...aboutPayment(push) }), 'a payment is not posted yet');
        }),
      ),
    );
  }

  async function finish(): Promise<void> {
    while (unpaid.length > 0) {
      await step('pay', pay);
      await held.renew();
    }
  }

  /** Nobody is there to be paid: the books are not asked. */
  async function refuse(pushes: readonly AnsweredPush[]): Promise<void> {
    if (pushes.length === 0) return;
    const at = new Date(clock.now());
    const result = stkResults.noOperator;
    const refused = await inTransaction(database, async (client) => {
      const told = { code: result.code, text: result.callback };
      const moved = await resolveUnpaid(client, pushes.map(idOf), told, at);
      const resolutions = pushes
        .filter(({ id }) => moved.has(id))
        .map((push): Resolution => ({ push, result, at, callbackDueAt: at }));
      await insertCallbacks(client, resolutions.map(resultCallback));
      return resolutions;
    });
    for (const done of refused) tell(done);
  }

  async function payOne(push: AnsweredPush, deadline: Deadline): Promise<void> {
    const neededCents = push.amountCents + chargeOf(push.amountCents, settings().customerTariff);
    await accounts.fund({ id: push.id, msisdn: push.msisdn, neededCents }, deadline);
    // What a fault has planned may concern the callback too.
    const claim = isPlanned(push) ? undefined : handover?.claim(push.callbackUrl);
    let taken = false;
    try {
      const { entry, outcome } = paymentPosting(push, {
        settings: settings(),
        wallet: termsOf(push.msisdn),
        now: new Date(clock.now()),
        claim,
      });
      const verdict = await books.post(entry, deadline);
      const ended = outcome();
      if (ended === undefined)
        throw new Error(`the transfer id of push ${push.id} was spent on another posting`);
      // Of a posting that was made before, the callback may be anybody's, and sent.
      taken = claim !== undefined && !verdict.replayed;
      if (taken && claim !== undefined) handover?.take(ended.callback, claim);
      tell(ended.resolution, { waits: !taken });
    } finally {
      if (!taken && claim !== undefined) handover?.letGo(claim);
    }
  }

  async function expire(): Promise<number> {
    const expired = await selectExpired(steps, claim());
    const results = expired.map(({ id, prompted }): [string, OpenResult] => [
      id,
      prompted ? ofOutcome.no_answer : ofOutcome.expired,
    ]);
    await resolve(new Map(results));
    return expired.length;
  }

  return {
    send: () => step('send', send),
    collect: () => step('collect', collect),
    expire: () => step('expire', expire),
    pay: () => step('pay', pay),
    renew: () => step('renew', () => held.renew()),
    finish,
  };
}

interface OpenResult {
  result: StkResult;
  /** Nobody answered: the callback waits as long as the vendor's does. */
  silent?: true;
}

const ofOutcome: Record<Exclude<AnswerOutcome, 'accepted'>, OpenResult> = {
  wrong_pin: { result: stkResults.wrongPin },
  pin_locked: { result: stkResults.pinLocked },
  cancelled: { result: stkResults.cancelled },
  unreachable: { result: stkResults.unreachable },
  no_answer: { result: stkResults.unreachable, silent: true },
  push_failed: { result: stkResults.pushFailed },
  expired: { result: stkResults.expired },
};

function resultsOf(answers: readonly Answer[]): Map<string, OpenResult> {
  const results = new Map<string, OpenResult>();
  for (const { id, outcome } of answers) if (outcome !== 'accepted') results.set(id, ofOutcome[outcome]);
  return results;
}

function openResolution(
  push: OpenPush,
  { result, silent }: OpenResult,
  at: Date,
  { noAnswerCallbackAfterMs }: StkSettings,
): Resolution {
  const earliestMs = silent ? push.acceptedAt.getTime() + noAnswerCallbackAfterMs : 0;
  return { push, result, at, callbackDueAt: new Date(Math.max(at.getTime(), earliestMs)) };
}

function isPlanned({ planned }: OpenPush): boolean {
  return planned !== null && planned !== undefined;
}

function idOf({ id }: { id: string }): string {
  return id;
}
