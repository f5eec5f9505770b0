import type { JsonObject } from '../../config/canonical.ts';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type { FaultProblem, FaultView } from '../contract/resources/directories/faults.ts';

/**
 * Failures on demand, kept in the same database by the API: control sets them so that who did it is in the
 * one journal. Given by the process that composes both.
 */
export interface FaultDirectory {
  /** Whether they may be had in this installation. */
  readonly allowed: boolean;
  list(client: Database | DatabaseClient, now: number): Promise<readonly FaultView[]>;
  /** Everything that is wrong with a scenario; empty: it may be set. */
  check(scenario: JsonObject): readonly FaultProblem[];
  /** Of a scenario that was checked; returns the names. */
  set(
    client: DatabaseClient,
    scenario: JsonObject,
    by: { actor: string; now: number },
  ): Promise<readonly string[]>;
  /** Returns the names of those that were set. `undefined`: all. */
  clear(client: DatabaseClient, name: string | undefined): Promise<readonly string[]>;
}
