import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { askedText } from '../../api/asked.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import type { Family } from '../../api/errors/families.ts';
import { ownRefusal, refusal } from '../../api/errors/forms.ts';
import { type OwnError, ownText } from '../../api/errors/own-error.ts';
import { deadlineOf, sendJson, sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { conversationId } from '../../identifiers/conversation-ids.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { aboutRequest } from '../log-fields.ts';
import type { NewRequest } from '../types.ts';

/** What the form of a product has read. */
export type Asked = Pick<
  NewRequest,
  'shortCode' | 'initiator' | 'securityCredential' | 'resultUrl' | 'queueTimeoutUrl' | 'details'
> & {
  /** The caller's own: one that its short code has used is refused. `undefined`: it gets one of ours. */
  readonly originatorConversationId?: string | undefined;
};

/** Where callers choose the id. */
export const duplicateOriginator = (family: Family): OwnError =>
  ownText(family, 'Duplicate OriginatorConversationID.', { fault: 'caller', kind: 'duplicate_originator' }, [
    'PartyA has used this OriginatorConversationID before; money moves once.',
    'Ask for the first one with transaction status; choose a new id for a new payment.',
  ]);

export const acknowledgement = Type.Object({
  OriginatorConversationID: Type.String(),
  ConversationID: Type.String(),
  ResponseCode: Type.Literal('0'),
  ResponseDescription: Type.String(),
});

type Ids = Pick<NewRequest, 'conversationId' | 'originatorConversationId'>;

function acknowledged({ conversationId, originatorConversationId }: Ids): object {
  return {
    OriginatorConversationID: originatorConversationId,
    ConversationID: conversationId,
    ResponseCode: '0',
    ResponseDescription: 'Accept the service request successfully.',
  };
}

type Dependencies = Pick<
  ProductDependencies<ApiSettings>,
  'requests' | 'settings' | 'clock' | 'newId' | 'payments'
>;

/**
 * Takes a request of `product`: acknowledged when it is durable. Who asks, and whether it may, is not judged
 * here: as on the real one that is its result.
 */
export function requestTaker(
  { requests, settings, clock, newId, payments }: Dependencies,
  {
    product,
    family,
    answer = acknowledged,
  }: { product: string; family: Family /** Of status 200. */; answer?: (ids: Ids) => object },
) {
  return async (asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    request.stage = 'acceptance';
    const { originatorConversationId = requestId() } = asked;
    const ids = { conversationId: conversationId(clock.now()), originatorConversationId };
    const about = () => aboutRequest({ product, ...ids });
    const taken = await requests.accept(
      {
        ...asked,
        ...ids,
        id: request.plannedId ?? newId(),
        product,
        appId: request.appId,
        asked: askedText(request),
      },
      deadlineOf(request),
    );
    switch (taken) {
      case 'accepted':
        payments.info(about, 'request accepted');
        return sendJson(reply, 200, JSON.stringify(answer(ids)));
      case 'busy':
        return sendRefusal(reply, refusal(family, 'busy'), settings().retryAfterSeconds);
      case 'conflict':
        if (asked.originatorConversationId !== undefined)
          return sendRefusal(reply, ownRefusal(duplicateOriginator(family)));
        // Both ids were made here: none is used twice.
        throw new Error(`the ids of request ${ids.conversationId} are in use`);
      case 'unknown':
        payments.warn(about, 'request not acknowledged: whether it was written is not known');
        // Without `Retry-After`: it may have been taken, and asking again could take a second one.
        return sendRefusal(reply, refusal(family, 'internal'));
      default:
        return taken satisfies never;
    }
  };
}
