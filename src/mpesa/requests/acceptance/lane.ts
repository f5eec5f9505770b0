import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { Log } from '../../../platform/log.ts';
import { type AcceptanceLane, acceptanceLane } from '../../work-queue/acceptance-lane.ts';
import type { RequestSettings } from '../settings.ts';
import { REQUEST_CHANNEL } from '../settlement/run.ts';
import type { NewRequest } from '../types.ts';
import { insertRequests } from './insert.ts';

/**
 * Requests of all products on their way into the database; `conflict`: the OriginatorConversationID has been
 * used.
 */
export function requestLane({
  database,
  settings,
  clock,
  log,
}: {
  database: Database;
  settings: () => { readonly requests: RequestSettings };
  clock: Clock;
  log: Log;
}): AcceptanceLane<NewRequest> {
  return acceptanceLane({
    database,
    log,
    limits: () => settings().requests,
    write: (requests) =>
      insertRequests(database, requests, {
        acceptedAtMs: clock.now(),
        timeoutMs: settings().requests.timeoutMs,
      }),
    channel: REQUEST_CHANNEL,
    topicOf: ({ product }) => product,
  });
}
