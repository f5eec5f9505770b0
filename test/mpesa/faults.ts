import type { JsonObject } from '../../src/config/canonical.ts';
import type { FaultBook } from '../../src/mpesa/faults/book.ts';
import { type Database, inTransaction } from '../../src/platform/database/database.ts';
import { faultDirectory } from '../../src/process/directories/faults.ts';

/** Sets a scenario in place of what was set, as control does; what is wrong with it is thrown. */
export async function setFaults(
  database: Database,
  book: FaultBook,
  scenario: JsonObject,
  now = Date.now(),
): Promise<void> {
  const faults = faultDirectory(true);
  const problems = faults.check(scenario);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  await inTransaction(database, async (client) => {
    await faults.clear(client, undefined);
    await faults.set(client, scenario, { actor: 'test', now });
  });
  await book.refresh();
}
