import type { LogFields } from '../../platform/bounded-log.ts';
import type { OpenRequest } from './types.ts';

/** What every line of the log that concerns one request says of it. */
export function aboutRequest({
  product,
  conversationId,
  originatorConversationId,
}: Pick<OpenRequest, 'product' | 'conversationId' | 'originatorConversationId'>): LogFields {
  return {
    product,
    ConversationID: conversationId,
    OriginatorConversationID: originatorConversationId,
  };
}
