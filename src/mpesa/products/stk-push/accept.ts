import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { Log } from '../../../platform/log.ts';
import { type AcceptanceLane, acceptanceLane } from '../../work-queue/acceptance-lane.ts';
import { insertPushes } from './insert.ts';
import type { StkApiSettings } from './settings.ts';
import type { NewPush } from './types.ts';

export interface PushLaneDependencies {
  database: Database;
  settings: () => Pick<StkApiSettings, 'stk'>;
  clock: Clock;
  log: Log;
}

/** The channel that tells workers to look for pushes. */
export const PUSH_CHANNEL = 'imara_stk';

/** Pushes on their way into the database; `conflict`: the subscriber has an open one. */
export function pushLane({ database, settings, clock, log }: PushLaneDependencies): AcceptanceLane<NewPush> {
  return acceptanceLane({
    database,
    log,
    limits: () => settings().stk,
    write: (pushes) =>
      insertPushes(database, pushes, {
        acceptedAtMs: clock.now(),
        lifetimeMs: settings().stk.promptLifetimeMs,
      }),
    channel: PUSH_CHANNEL,
  });
}
