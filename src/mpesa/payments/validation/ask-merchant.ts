import { hostOf } from '../../../delivery/attempt/target.ts';
import type { SendRules } from '../../../delivery/settings.ts';
import type { Took } from '../../../delivery/slots/limit.ts';
import { type ShareLimits, Shares } from '../../../delivery/slots/shares.ts';
import { boundedLog } from '../../../platform/bounded-log.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import { Deadline } from '../../../platform/deadline.ts';
import type { Log } from '../../../platform/log.ts';
import { aboutCustomerPayment } from '../log-fields.ts';
import { claimToAsk, hostsToAsk } from '../settlement/rows.ts';
import type { NumberedPayment } from '../types.ts';
import { type Opinion, validationOf } from './validation.ts';

export interface ValidationSettings {
  /** From the moment a payment is to be validated: what a merchant has to answer in. */
  readonly validationTimeoutMs: number;
  /** A ValidationURL is an address that somebody gave: what holds for callbacks holds for it. */
  readonly delivery: SendRules;
}

export interface Asking {
  /** Begins to ask as many as may be asked now; returns how many they are. */
  begin(): Promise<number>;
  /** Resolves when nobody is being asked. */
  idle(): Promise<void>;
}

/**
 * Questions in flight in one process, and to one host. A host that does not answer in time may use one,
 * however many payments wait for it; those end by ResponseType when their time is over, and others are not
 * held up.
 */
const LIMITS: ShareLimits = { maxConcurrent: 128, maxConcurrentPerHost: 32 };
/** A claim lasts until the answer is written: nobody decides while it is. */
const CLAIM_MARGIN_MS = 2_000;

/** Asks the merchants of payments that are `validating`. */
export function createAsking(options: {
  database: Database;
  clock: Clock;
  settings: () => ValidationSettings;
  log: Log;
  /** Writes what a merchant said. */
  onOpinion: (payment: NumberedPayment, opinion: Opinion) => Promise<void>;
}): Asking {
  const { database, clock, settings, onOpinion } = options;
  const log = boundedLog(options.log);
  const shares = new Shares();
  const inFlight = new Set<Promise<void>>();

  async function begin(): Promise<number> {
    const { validationTimeoutMs } = settings();
    if (shares.free(LIMITS) === 0) return 0;
    const now = new Date(clock.now());
    const hosts = await hostsToAsk(database, now, LIMITS.maxConcurrent);
    const allotments = shares.allot(hosts, LIMITS);
    if (allotments.length === 0) return 0;
    const until = new Date(now.getTime() + validationTimeoutMs + CLAIM_MARGIN_MS);
    const claimed = await claimToAsk(database, allotments, { now, until });
    for (const payment of claimed) {
      const work = askOne(payment);
      inFlight.add(work);
      void work.then(() => inFlight.delete(work));
    }
    return claimed.length;
  }

  /** A fault here is this one payment's: its claim lapses, and ResponseType decides. */
  async function askOne(payment: NumberedPayment): Promise<void> {
    const { registration, validateBy } = payment;
    if (registration === null || validateBy === null) return;
    const host = hostOf(registration.validationUrl);
    shares.take(host);
    let answered = false;
    let took: Took | undefined;
    const startedAt = performance.now();
    try {
      const deadline = Deadline.in(validateBy.getTime() - clock.now());
      const said = await validationOf(payment, registration, settings().delivery, deadline);
      answered = said.answered;
      const now = performance.now();
      took = { ms: now - startedAt, now };
      await onOpinion(payment, said.opinion);
    } catch (error) {
      log.error(() => ({ err: error, ...aboutCustomerPayment(payment) }), 'a validation was lost');
    }
    shares.giveBack(host, answered ? 'responsive' : 'suspect', took);
  }

  return {
    begin,
    async idle() {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
  };
}
