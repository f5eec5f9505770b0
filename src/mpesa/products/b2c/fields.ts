import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { optional } from '../../fields/field.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import {
  initiator,
  initiatorsPart,
  occasion,
  remarksOfTwo,
  requestUrl,
  securityCredential,
} from '../../requests/acceptance/fields.ts';
import type { Asked } from '../../requests/acceptance/take.ts';

/** The caller's own id of a payment. No page bounds it; the column is indexed. */
export const originatorId = text(100);

/** In the order of the page, after name and id: a body without fields misses the name first. */
export const payoutFields = <const Command extends string>(commands: readonly Command[]) => ({
  SecurityCredential: securityCredential,
  CommandID: choice(commands),
  Amount: wholeShillings,
  PartyA: shortCode,
  PartyB: msisdn,
  Remarks: remarksOfTwo,
  QueueTimeOutURL: requestUrl,
  ResultURL: requestUrl,
  Occassion: occasion,
  // Two npm clients send it so.
  Occasion: occasion,
});

export const payerName = initiator;

/** Version 1 has no id of the caller; one that is sent counts all the same. */
export const optionalOriginatorId = optional(originatorId, '');

interface ReadPayout {
  readonly InitiatorName: string;
  readonly OriginatorConversationID: string;
  readonly SecurityCredential: string;
  readonly CommandID: string;
  readonly Amount: bigint;
  readonly PartyA: string;
  readonly PartyB: string;
  readonly QueueTimeOutURL: string;
  readonly ResultURL: string;
}

export function askedPayout(read: ReadPayout): Asked {
  return {
    shortCode: read.PartyA,
    initiator: read.InitiatorName,
    ...initiatorsPart(read),
    originatorConversationId: read.OriginatorConversationID || undefined,
    details: { CommandID: read.CommandID, PartyB: read.PartyB, amountCents: String(read.Amount) },
  };
}
