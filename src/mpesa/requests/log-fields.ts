import type { Callback } from '../../delivery/types.ts';
import type { LogFields } from '../../platform/bounded-log.ts';
import type { EndedRequest } from './types.ts';

/** What every line of the log that concerns one request says of it. */
export function aboutRequest({
  product,
  conversationId,
  originatorConversationId,
}: Partial<Pick<EndedRequest, 'product'>> &
  Pick<EndedRequest, 'conversationId' | 'originatorConversationId'>): LogFields {
  return {
    ...(product !== undefined && { product }),
    ConversationID: conversationId,
    OriginatorConversationID: originatorConversationId,
  };
}

/** The same, of the request that a callback tells; `undefined`: it tells none. */
export function aboutRequestCallback({ body }: Pick<Callback, 'body'>): LogFields | undefined {
  const told = Object(Object(JSON.parse(body)).Result);
  if (told.ConversationID === undefined) return undefined;
  return aboutRequest({
    conversationId: told.ConversationID,
    originatorConversationId: told.OriginatorConversationID,
  });
}
