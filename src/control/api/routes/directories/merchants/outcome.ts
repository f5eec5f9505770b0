import type { JsonObject } from '../../../../../config/canonical.ts';
import { type DatabaseClient, inTransaction } from '../../../../../platform/database/database.ts';
import { Refusal } from '../../../../../platform/http/json-api.ts';
import type { Refused } from '../../../../directories/merchants.ts';
import { appendJournal } from '../../../../store/journal.ts';
import type { ApiContext } from '../../../context.ts';
import { type Asking, operatorOf } from '../../../http.ts';

const statuses: Record<Refused['refused'], number> = {
  not_found: 404,
  invalid: 400,
  no_effect: 409,
  taken: 409,
  no_money: 409,
};

/** What was done; thrown as a `Refusal` where nothing was. */
export function done<Value extends object>(outcome: Value | Refused): Value {
  if (!('refused' in outcome)) return outcome;
  throw new Refusal(statuses[outcome.refused], outcome.refused, outcome.why);
}

/** What is written of a change: no secret. */
export interface Entry {
  kind: string;
  subject: string;
  data: JsonObject;
}

/** Does it, with its row of the journal, or nothing. `undefined`: there is nothing new to write. */
export function changed<Value extends object>(
  { database, clock }: ApiContext,
  request: Asking,
  work: (client: DatabaseClient) => Promise<Value | Refused>,
  entry: (value: Value) => Entry | undefined,
): Promise<Value> {
  const { name: actor } = operatorOf(request);
  return inTransaction(database, async (client) => {
    const value = done(await work(client));
    const written = entry(value);
    if (written !== undefined) await appendJournal(client, [{ at: clock.now(), actor, ...written }]);
    return value;
  });
}
