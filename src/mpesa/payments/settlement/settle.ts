/**
 * The way of a payment that a customer makes, from its acceptance to its one result, in steps that know
 * nothing of each other but the rows. Each arrow is one guarded update, and the messages about a result
 * commit with it:
 *
 *   route     accepted → paying       nothing speaks against it, and its receipt is decided; it stays claimed
 *                      → validating   … but its merchant is asked first
 *                      → resolved     a rule forbids it (2, 3, 2040, SFC_IC0003)
 *   validate  validating → paying     the merchant accepts it; asked once, and waited for until `validate_by`
 *                        → resolved   … or rejects it (C2B00011 to C2B00016)
 *   decide    validating → paying, resolved   nobody said anything in time: ResponseType decides
 *   pay       paying → resolved       by the books, with the confirmation (0, 1, 4, 8, 11)
 *
 * Who routed a payment to be paid has claimed it, and pays it from memory; the claim is short, and renewed
 * until then. A step may stop anywhere: what it had claimed comes again when the claim lapses. Any number of
 * processes may run them at once.
 */
import { hostOf } from '../../../delivery/attempt/target.ts';
import type { Handover } from '../../../delivery/outbox/handover.ts';
import { insertSms } from '../../../handset/sms.ts';
import type { Books } from '../../../ledger/books.ts';
import { boundedLog } from '../../../platform/bounded-log.ts';
import type { Clock } from '../../../platform/clock.ts';
import { type Database, inTransaction } from '../../../platform/database/database.ts';
import { Deadline } from '../../../platform/deadline.ts';
import type { Log } from '../../../platform/log.ts';
import { interferenceWith } from '../../faults/planned.ts';
import type { Receipts } from '../../identifiers/receipt-numbers.ts';
import type { AccountOpener } from '../../parties/accounts/account-opener.ts';
import type { TermsOf } from '../../parties/accounts/wallet-terms.ts';
import type { Result } from '../../results/codes.ts';
import { batches } from '../../work-queue/batches.ts';
import { HELD_CLAIM_MS, HeldClaims } from '../../work-queue/held-claims.ts';
import { aboutCustomerPayment } from '../log-fields.ts';
import { paymentResults } from '../results.ts';
import type { NumberedPayment, OpenPayment } from '../types.ts';
import { type Asking, createAsking, type ValidationSettings } from '../validation/ask-merchant.ts';
import { type CustomerRules, feeOf, paymentPosting } from './money.ts';
import {
  claimAccepted,
  claimPaying,
  claimUnanswered,
  markRouted,
  markValid,
  postponePayments,
  type Routed,
  renewPaying,
  resolveUnpaid,
} from './rows.ts';
import { refusalOf } from './rules.ts';
import { unpaidText } from './sms.ts';

export interface PaymentSettlement {
  /**
   * Each runs one batch and returns how many payments it dealt with; `BATCH` means that there may be more.
   */
  route(): Promise<number>;
  decide(): Promise<number>;
  pay(): Promise<number>;
  /** Begins to ask as many merchants as may be asked now, waits for none, and returns how many they are. */
  validate(): Promise<number>;
  /** Resolves when nobody is being asked any more: within the time that a merchant has. */
  asked(): Promise<void>;
  /** Keeps the claims of what is not paid here yet; to be called once a second. */
  renew(): Promise<number>;
  /** Pays what was routed here and is not paid yet: no other worker would for a while. */
  finish(): Promise<void>;
}

export interface PaymentSettlementOptions {
  database: Database;
  /** For claims, of which nobody is notified: its commits need not wait for the disk. */
  steps?: Database;
  books: Pick<Books, 'post'>;
  accounts: AccountOpener;
  receipts: Receipts;
  /** Whose daily limit is not everybody's. */
  termsOf: TermsOf;
  settings: () => ValidationSettings & { readonly customers: CustomerRules };
  clock: Clock;
  log: Log;
  /** Sends confirmations that this process has written; without it they are found in the database. */
  handover?: Handover;
  /** Called when a merchant has said something: there may be something to pay, or somebody else to ask. */
  onAsked?: () => void;
  /** Called once for each payment that was resolved here: metrics, and evidence for the gate. */
  onResolved?: (resolved: ResolvedPayment) => void;
}

export interface ResolvedPayment {
  readonly payment: OpenPayment;
  readonly result: Result;
  readonly durationMs: number;
  /** A confirmation may wait in the database. */
  readonly waits: boolean;
}

/** Most payments a step takes at once. */
export const BATCH = 500;
/** Payments that wait for the books; with more of them no others are routed. */
const MOST_UNPAID = 4 * BATCH;
const PAY_MS = 5_000;

export function createPaymentSettlement(options: PaymentSettlementOptions): PaymentSettlement {
  const { database, books, accounts, receipts, termsOf, settings, clock, handover } = options;
  const { steps = database } = options;
  const log = boundedLog(options.log);
  const { claim, step } = batches({ what: 'payments', clock, limit: BATCH });
  /** Routed and claimed here, not paid yet. */
  let unpaid: NumberedPayment[] = [];
  const held = new HeldClaims(clock, (ids, until) => renewPaying(steps, ids, until));
  const asking: Asking = createAsking({
    database,
    clock,
    settings,
    log: options.log,
    onOpinion: async (payment, opinion) => {
      if (opinion.is === 'accepted') await markValid(database, payment.id, opinion.thirdPartyTransId);
      else if (opinion.is === 'rejected') await resolve(new Map([[payment, opinion.result]]));
      else await decideOne(payment, opinion.why);
      options.onAsked?.();
    },
  });

  /** Results without money: those that this call moved get their texts with it. */
  async function resolve(results: ReadonlyMap<OpenPayment, Result>): Promise<void> {
    if (results.size === 0) return;
    const at = new Date(clock.now());
    const rows = Array.from(results, ([{ id }, result]) => ({ id, result }));
    const moved = await inTransaction(database, async (client) => {
      const ids = await resolveUnpaid(client, rows, at);
      const moving = [...results].filter(([{ id }]) => ids.has(id));
      const texts = moving.map(([payment, result]) => unpaidText(payment, result, at));
      await insertSms(
        client,
        texts.filter((text) => text !== undefined),
      );
      return moving;
    });
    for (const [payment, result] of moved) tell(payment, result, at);
  }

  function tell(payment: OpenPayment, result: Result, at: Date, { waits = true } = {}): void {
    const durationMs = at.getTime() - payment.acceptedAt.getTime();
    const ended = () => ({
      ...aboutCustomerPayment(payment),
      kind: payment.kind,
      result: result.code,
      tookMs: durationMs,
    });
    if (result === paymentResults.paid) log.info(ended, 'paid');
    else log.info(() => ({ ...ended(), why: result.callback }), 'not paid');
    options.onResolved?.({ payment, result, durationMs, waits });
  }

  async function route(): Promise<number> {
    if (unpaid.length >= MOST_UNPAID) return 0;
    const { customers, validationTimeoutMs } = settings();
    const claimed = await claimAccepted(steps, claim());
    if (claimed.length === 0) return 0;
    const refused = new Map<OpenPayment, Result>();
    const going: OpenPayment[] = [];
    const later: { id: string; untilMs: number }[] = [];
    const nowMs = clock.now();
    for (const payment of claimed) {
      const interference = interferenceWith(payment, nowMs);
      if (interference.kind === 'wait') {
        later.push({ id: payment.id, untilMs: interference.untilMs });
        continue;
      }
      if (interference.kind === 'result') {
        refused.set(payment, interference.result);
        continue;
      }
      const result = refusalOf(payment, customers);
      if (result === undefined) going.push(payment);
      else refused.set(payment, result);
    }
    if (later.length > 0) await postponePayments(database, later);
    await resolve(refused);
    if (going.length === 0) return claimed.length;
    const by = new Date(nowMs + validationTimeoutMs);
    const numbers = await receipts.take(going.length, nowMs);
    const routed = going.map(({ id, validates, registration }, index): Routed => {
      const receipt = numbers[index] ?? '';
      if (!validates || registration === null) return { id, receipt };
      return { id, receipt, validation: { host: hostOf(registration.validationUrl), by } };
    });
    // Its merchant reads the receipt of a payment that is to be validated.
    const isTold = routed.some(({ validation }) => validation !== undefined);
    const taken = claim(HELD_CLAIM_MS);
    const paying = await markRouted(isTold ? database : steps, routed, taken);
    const mine = going.flatMap((payment, index) =>
      paying.has(payment.id)
        ? [{ ...payment, receipt: numbers[index] ?? '', validateBy: null, thirdPartyTransId: '' }]
        : [],
    );
    held.hold(mine, taken.until);
    unpaid = unpaid.concat(mine);
    return claimed.length;
  }

  async function decide(): Promise<number> {
    const unanswered = await claimUnanswered(database, claim());
    for (const payment of unanswered) await decideOne(payment, 'no answer in time');
    return unanswered.length;
  }

  /** ResponseType decides. */
  async function decideOne(payment: NumberedPayment, why: string): Promise<void> {
    const isCompleted = payment.registration?.responseType !== 'Cancelled';
    log.info(() => ({ ...aboutCustomerPayment(payment), why, isCompleted }), 'not validated');
    if (isCompleted) await markValid(database, payment.id, '');
    else await resolve(new Map([[payment, paymentResults.notValidated]]));
  }

  /**
   * What was routed here; when that is nothing, what was validated, or another worker routed and did not pay.
   * Each by itself: what the books cannot say in time of one is its own matter, and comes again later.
   */
  async function pay(deadline: Deadline): Promise<number> {
    const claimed = unpaid.splice(0, BATCH);
    if (claimed.length === 0) {
      const mine = claim(HELD_CLAIM_MS);
      claimed.push(...(await claimPaying(steps, mine)));
      held.hold(claimed, mine.until);
    }
    if (claimed.length === 0) return 0;
    try {
      await payAll(claimed, deadline);
    } finally {
      held.letGo(claimed);
    }
    return claimed.length;
  }

  async function payAll(claimed: readonly NumberedPayment[], deadline: Deadline): Promise<void> {
    await accounts.open(ownersOf(claimed), deadline);
    const own = Deadline.in(PAY_MS, deadline);
    await Promise.all(
      claimed.map((payment) =>
        payOne(payment, own).catch((error: unknown) => {
          log.error(() => ({ err: error, ...aboutCustomerPayment(payment) }), 'a payment is not posted yet');
        }),
      ),
    );
  }

  async function payOne(payment: NumberedPayment, deadline: Deadline): Promise<void> {
    const { id, msisdn, amountCents } = payment;
    const { customers } = settings();
    const neededCents = amountCents + feeOf(payment, customers);
    await accounts.fund({ id, msisdn, neededCents }, deadline);
    const at = new Date(clock.now());
    const { registration, planned } = payment;
    // What a fault has planned may concern the confirmation too.
    const claim =
      registration === null || planned ? undefined : handover?.claim(registration.confirmationUrl);
    let taken = false;
    try {
      const { entry, outcome } = paymentPosting(payment, customers, termsOf(msisdn), at, claim);
      const verdict = await books.post(entry, deadline);
      const { result, confirmation } = outcome() ?? {};
      if (result === undefined)
        throw new Error(`the transfer id of payment ${id} was spent on another posting`);
      // Of a posting that was made before, the confirmation may be anybody's, and sent.
      if (claim !== undefined && confirmation !== undefined && !verdict.replayed) {
        handover?.take(confirmation, claim);
        taken = true;
      }
      tell(payment, result, at, { waits: !taken });
    } finally {
      if (!taken && claim !== undefined) handover?.letGo(claim);
    }
  }

  async function finish(): Promise<void> {
    while (unpaid.length > 0) {
      await step('pay', pay);
      await held.renew();
    }
  }

  return {
    route: () => step('route', route),
    validate: () => step('validate', asking.begin),
    decide: () => step('decide', decide),
    pay: () => step('pay', pay),
    asked: asking.idle,
    renew: () => step('renew', () => held.renew()),
    finish,
  };
}

function ownersOf(payments: readonly OpenPayment[]) {
  const payeesOf = (...kinds: readonly OpenPayment['kind'][]) =>
    payments.filter(({ kind }) => kinds.includes(kind));
  return {
    msisdns: [...payments.map(({ msisdn }) => msisdn), ...payeesOf('send_money').map(({ payee }) => payee)],
    shortCodes: payeesOf('pay_bill', 'buy_goods').map(
      ({ payeeHeadOffice, payee }) => payeeHeadOffice ?? payee,
    ),
    organisations: [
      ...payeesOf('withdraw').map(({ payee }) => ({ shortCode: payee, kind: 'float' as const })),
      // Charged for what it asked for.
      ...payments
        .filter(({ source }) => source === 'standing-order')
        .map(({ payeeHeadOffice, payee }) => ({
          shortCode: payeeHeadOffice ?? payee,
          kind: 'charges' as const,
        })),
    ],
    pochis: payeesOf('pochi').map(({ payee }) => payee),
  };
}
