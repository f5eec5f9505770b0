import { initiatorSample } from '../../requests/acceptance/sample.ts';

const { Initiator, ...rest } = initiatorSample;

/** What a payment to a customer is asked with, in both versions. */
export const payoutSample = {
  InitiatorName: Initiator,
  ...rest,
  CommandID: 'BusinessPayment',
  Amount: 10,
  PartyA: '600999',
  PartyB: '254708374149',
  Remarks: 'Refund of order 17',
  Occassion: 'Christmas',
} as const;
