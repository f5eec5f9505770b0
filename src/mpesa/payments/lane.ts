import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Log } from '../../platform/log.ts';
import { type AcceptanceLane, type AcceptanceLimits, acceptanceLane } from '../work-queue/acceptance-lane.ts';
import { insertPayments } from './insert.ts';
import { PAYMENT_CHANNEL } from './settlement/run.ts';
import type { NewPayment } from './types.ts';

/** Payments on their way into the database. */
export function paymentLane({
  database,
  settings,
  clock,
  log,
}: {
  database: Database;
  settings: () => { readonly requests: AcceptanceLimits };
  clock: Clock;
  log: Log;
}): AcceptanceLane<NewPayment> {
  return acceptanceLane({
    database,
    log,
    limits: () => settings().requests,
    write: (payments) => insertPayments(database, payments, new Date(clock.now())),
    channel: PAYMENT_CHANNEL,
  });
}
