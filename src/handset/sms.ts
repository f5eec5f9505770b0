import type { Database, DatabaseClient } from '../platform/database/database.ts';

export interface Sms {
  /** UUID, decided by the fact it tells, so that sending it twice sends it once. */
  id: string;
  msisdn: string;
  text: string;
  at: Date;
}

const receiveSms = {
  name: 'handset_receive_sms',
  sql: `insert into handset.sms (id, msisdn, text, received_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
    on conflict (id) do nothing`,
};

/**
 * The SMS as a row for the transaction of the fact it tells (`Companion` of the books). Text is for people
 * only.
 */
export function smsCompanion({ id, msisdn, text, at }: Sms) {
  return { statement: receiveSms, row: [id, msisdn, text, at] };
}

/** Writes texts in the caller's own transaction, where no money moves. Idempotent by their ids. */
export async function insertSms(client: Database | DatabaseClient, texts: readonly Sms[]): Promise<void> {
  await client.query({
    name: receiveSms.name,
    text: receiveSms.sql,
    values: [
      texts.map(({ id }) => id),
      texts.map(({ msisdn }) => msisdn),
      texts.map(({ text }) => text),
      texts.map(({ at }) => at),
    ],
  });
}

/** The newest `limit` texts of a phone, newest first. */
export async function readInbox(database: Database, msisdn: string, limit: number): Promise<Sms[]> {
  const { rows } = await database.query<Sms>(
    `select id, msisdn, text, received_at as at from handset.sms
     where msisdn = $1 order by received_at desc, id desc limit $2`,
    [msisdn, limit],
  );
  return rows;
}
