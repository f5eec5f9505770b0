import type { Queryable } from '../../../platform/database/database.ts';
import type { NewRequest } from '../types.ts';

/**
 * Writes the requests in one statement, which is one transaction, and returns the ids of those that were
 * taken: one whose short code has used its OriginatorConversationID is left out. Throws when it cannot be
 * known whether it committed.
 */
export async function insertRequests(
  database: Queryable,
  requests: readonly NewRequest[],
  { acceptedAtMs, timeoutMs }: { acceptedAtMs: number; timeoutMs: number },
): Promise<ReadonlySet<string>> {
  // One order for all processes: two batches with the same ids would wait for each other otherwise.
  const ordered = requests.toSorted((a, b) =>
    a.originatorConversationId < b.originatorConversationId
      ? -1
      : Number(a.originatorConversationId > b.originatorConversationId),
  );
  const column = (of: (request: NewRequest) => string) => ordered.map(of);
  const { rows } = await database.query<[string]>({
    name: 'request_accept',
    text: `insert into mpesa.request (id, product, conversation_id, originator_conversation_id, app_id, short_code,
        initiator, security_credential, details, result_url, queue_timeout_url, asked, accepted_at, expires_at)
      select *, to_timestamp($13::float8 / 1000), to_timestamp($14::float8 / 1000)
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::jsonb[], $10::text[], $11::text[], $12::text[])
      on conflict do nothing
      returning id`,
    rowMode: 'array',
    values: [
      column(({ id }) => id),
      column(({ product }) => product),
      column(({ conversationId }) => conversationId),
      column(({ originatorConversationId }) => originatorConversationId),
      column(({ appId }) => appId),
      column(({ shortCode }) => shortCode),
      column(({ initiator }) => initiator),
      column(({ securityCredential }) => securityCredential),
      column(({ details }) => JSON.stringify(details)),
      column(({ resultUrl }) => resultUrl),
      column(({ queueTimeoutUrl }) => queueTimeoutUrl),
      ordered.map(({ asked }) => asked ?? null),
      acceptedAtMs,
      acceptedAtMs + timeoutMs,
    ],
  });
  return new Set(rows.map(([id]) => id));
}
