import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { LeaderLoop } from '../leader/loop.ts';
import type { PushOptions } from '../push.ts';
import type { ServiceBook } from '../services/book.ts';
import type { ManagedService } from '../services/managed-service.ts';
import type { ControlSettings } from '../settings.ts';
import type { CommandResult } from '../store/commands.ts';

/** What the operators' routes work with. */
export interface ApiContext {
  database: Database;
  leaderLoop: LeaderLoop;
  pushing: PushOptions;
  settings: () => ControlSettings;
  clock: Clock;
  /** After a change of who may ask: at once here, within seconds in other control processes. */
  refreshOperators(): Promise<void>;
  services: ServiceBook;
  /** The named service, or the first where none is named; a refusal when there is none of that name. */
  service(name: string | undefined): ManagedService;
  /** What the leader did of a command; `undefined`: nothing yet, after a few seconds. It will. */
  resultOf(command: string): Promise<CommandResult | undefined>;
}
