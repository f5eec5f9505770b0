import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import {
  identifierType,
  initiator,
  initiatorsPart,
  remarks,
  requestUrl,
  securityCredential,
} from '../../requests/acceptance/fields.ts';
import type { Asked } from '../../requests/acceptance/take.ts';

/** What B2B and tax have in common, in the order of the pages. */
export const beforeParties = <const Command extends string>(
  commands: readonly Command[],
  ...receivers: readonly ('2' | '4')[]
) => ({
  Initiator: initiator,
  SecurityCredential: securityCredential,
  CommandID: choice(commands),
  SenderIdentifierType: identifierType('4'),
  RecieverIdentifierType: identifierType(...receivers),
  Amount: wholeShillings,
  PartyA: shortCode,
});

export const afterReference = {
  Remarks: remarks,
  QueueTimeOutURL: requestUrl,
  ResultURL: requestUrl,
};

interface ReadTransfer {
  readonly Initiator: string;
  readonly SecurityCredential: string;
  readonly CommandID: string;
  readonly RecieverIdentifierType: string;
  readonly Amount: bigint;
  readonly PartyA: string;
  readonly PartyB: string;
  readonly AccountReference: string;
  readonly QueueTimeOutURL: string;
  readonly ResultURL: string;
}

export function askedTransfer(read: ReadTransfer): Asked {
  return {
    shortCode: read.PartyA,
    initiator: read.Initiator,
    ...initiatorsPart(read),
    details: {
      CommandID: read.CommandID,
      PartyB: read.PartyB,
      RecieverIdentifierType: read.RecieverIdentifierType,
      AccountReference: read.AccountReference,
      amountCents: String(read.Amount),
    },
  };
}
