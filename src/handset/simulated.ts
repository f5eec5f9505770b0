import type { Clock } from '../platform/clock.ts';
import { column } from '../platform/database/columns.ts';
import type { Database } from '../platform/database/database.ts';
import { type HandsetSettings, plan } from './behaviour.ts';
import { readPhones } from './phones.ts';
import { answerMs } from './seeds.ts';
import type { Answer, HandsetGateway } from './types.ts';

/**
 * Phones that are rows: what a phone will do with a prompt, and when, is written down as the prompt is shown,
 * so a restart forgets nothing. A person who is quicker (phones.ts) overwrites it. `asker`: whose prompts
 * these are; a gateway gives the answers to its own alone.
 */
export function createSimulatedGateway({
  database,
  settings,
  clock,
  asker = 'stk',
}: {
  database: Database;
  settings: () => HandsetSettings;
  clock: Clock;
  asker?: string;
}): HandsetGateway {
  return {
    async prompt(prompts, signal) {
      const now = new Date(clock.now());
      const current = settings();
      const msisdns = [...new Set(prompts.map(({ msisdn }) => msisdn))];
      const phones = await unlessAborted(signal, () => readPhones(database, msisdns, current));
      const planned = prompts.map((prompt) => {
        const phone = phones.get(prompt.msisdn);
        if (phone === undefined) throw new Error(`no phone was read for ${prompt.msisdn}`);
        const own = { ...current, answerAfterMs: answerMs(prompt.msisdn, current.answerAfterMs) };
        return { ...prompt, ...plan(prompt, phone, own, now.getTime()) };
      });
      await unlessAborted(signal, () =>
        database.query({
          name: 'handset_show_prompts',
          text: `insert into handset.prompt (id, msisdn, text, shown_at, asker, expires_at, outcome, due_at, operator_id)
            select id, msisdn, text, $7, $8, expires_at, outcome, due_at, operator_id
            from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $9::text[])
              as shown (id, msisdn, text, expires_at, outcome, due_at, operator_id)
            on conflict (id) do nothing`,
          values: [
            column(planned.map(({ id }) => id)),
            column(planned.map(({ msisdn }) => msisdn)),
            column(planned.map(({ text }) => text)),
            column(planned.map(({ expiresAt }) => expiresAt)),
            column(planned.map(({ outcome }) => outcome)),
            column(planned.map(({ dueAt }) => dueAt)),
            now,
            asker,
            planned.map(({ operatorId }) => operatorId ?? null),
          ],
        }),
      );
    },

    async answers(limit, signal) {
      const { rows } = await unlessAborted(signal, () =>
        database.query<Answer>({
          name: 'handset_answers',
          text: `select id, outcome, due_at as at from handset.prompt
            where asker = $3 and due_at <= $1 order by due_at limit $2`,
          values: [new Date(clock.now()), limit, asker],
        }),
      );
      return rows;
    },

    async acknowledge(ids, signal) {
      await unlessAborted(signal, () =>
        database.query({
          name: 'handset_acknowledge',
          text: `delete from handset.prompt
            where id in (select id from handset.prompt where id = any($1) order by id for update skip locked)`,
          values: [ids],
        }),
      );
    },
  };
}

/** `pg` cannot cancel a query: this no longer waits for its result. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
