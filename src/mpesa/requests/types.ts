import type { PlannedFault } from '../faults/planned.ts';

/** What a product alone reads of its request; kept as JSON. */
export type Details = Readonly<Record<string, string>>;

/** A request that is taken, as it is written before it is acknowledged. */
export interface NewRequest {
  readonly id: string;
  /** As the catalogue names it. */
  readonly product: string;
  readonly conversationId: string;
  readonly originatorConversationId: string;
  readonly appId: string;
  /** PartyA: whose request it is. */
  readonly shortCode: string;
  readonly initiator: string;
  readonly securityCredential: string;
  readonly details: Details;
  readonly resultUrl: string;
  readonly queueTimeoutUrl: string;
  /** How it was asked for (`api/asked.ts`); `undefined`: not over HTTP. */
  readonly asked?: string;
}

/** What its callback needs of a request. */
export interface EndedRequest extends Omit<NewRequest, 'appId' | 'securityCredential' | 'asked'> {
  readonly acceptedAt: Date;
  /** What a failure on demand makes of it. */
  readonly planned?: PlannedFault | null;
}

/** Whether a failure on demand makes something of it. */
export function isPlanned({ planned }: Pick<EndedRequest, 'planned'>): boolean {
  return planned !== null && planned !== undefined;
}

/** Nothing is decided yet. */
export interface OpenRequest extends EndedRequest {
  readonly securityCredential: string;
}

/** Its money is about to move. */
export interface PayingRequest extends EndedRequest {
  readonly receipt: string;
}
