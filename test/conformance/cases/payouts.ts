import type { Chapter } from '../case.ts';

/** B2C, B2B, tax, reversal and transaction status. */
export const payoutCases: Chapter = {
  title: 'B2C, B2B, reversal and transaction status',
  cases: [
    {
      asked: 'a wrong initiator or credential',
      answer:
        'acknowledged with "0"; then result 2001 "The initiator information is invalid.", without ResultParameters (B2B and balance: BOCompletedTime as one object); TransactionID the day and seven zeros',
      source: 'OBS mpesa-node-library#13, mpesa-api#12',
      tests: [
        'a failure has no parameters, and moves nothing: 1, 2, 3, 2028, 2040, 2001, 21',
        'a failure is told in numbers, with the time alone as one object: 1, 2, 3, 2028, SFC_IC0003',
      ],
    },
    {
      asked: 'the same OriginatorConversationID of B2C twice',
      answer: '500 `500.002.1001` "Duplicate OriginatorConversationID."; money moves once',
      source: 'PORTAL',
      tests: [
        'an OriginatorConversationID is taken once, by however many at the same instant: money moves once',
      ],
    },
    {
      asked: 'B2C with money in Working alone',
      answer: 'result 1: B2C debits Utility; BusinessTransferFromMMFToUtility mends it',
      source: 'PORTAL',
      tests: [
        'money that lies in Working alone pays nobody: 1',
        'each command moves money between the accounts that it names, own accounts too',
      ],
    },
    {
      asked: 'the types of a B2C result',
      answer:
        'TransactionAmount a number; TransactionCompletedDateTime `06.07.2024 22:48:52`; ReceiverPartyPublicName `2547… - NAME`; charges negative',
      source: 'PORTAL',
      tests: [
        'Utility pays the customer; result and SMS are told to the letter, and the receipt is known',
        'a charge goes to Charges Paid, by the tariff of the day',
      ],
    },
    {
      asked: '`Occasion` in place of `Occassion`; version 1 without OriginatorConversationID',
      answer: 'two npm clients send it so',
      source: 'C',
      taken: 'both are taken',
      tests: ['version 1 has no id of the caller, and takes Occasion, as clients send it'],
    },
    {
      asked: 'the types of a B2B result',
      answer: 'a success in texts and lists, a failure in numbers and single objects',
      source: 'PORTAL',
      tests: [
        'Working pays a pay bill, told to the letter: texts and lists',
        'a failure is told in numbers, with the time alone as one object: 1, 2, 3, 2028, SFC_IC0003',
      ],
    },
    {
      asked: 'a till as receiver of B2B',
      answer: 'RecieverIdentifierType 4 by the page, 2 in production',
      source: 'open: PORTAL, KEPAS',
      taken: 'both are taken',
      tests: ['each command moves money between the accounts that it names, own accounts too'],
    },
    {
      asked: 'a transaction status',
      answer:
        '`DebitPartyName` twice, `{"Key":"TransactionReason"}` without Value, "Fee For B2C Payment|KES|22.40"; by receipt or by conversation id, under two names',
      source: 'PORTAL',
      tests: ['by receipt and by conversation id, under both its names, it is told to the letter'],
    },
    {
      asked: 'the status of an unknown receipt',
      answer: 'not known; of a wrong request 25 "The format of parameter null is invalid."',
      source: 'open: KEPAS',
      taken: '25',
      tests: [
        'what PartyA has no part in is not known: 25; a party that is not what it is said to be: SFC_IC0003',
      ],
    },
    {
      asked: 'a reversal with `ReceiverIdentifierType`',
      answer: '400 `400.002.02` "Bad Request - Invalid RecieverIdentifierType"',
      source: 'OBS LNMOnlineAndroidSample#8',
      tests: ['the corrected spelling is refused, as on the real one; a body without fields misses it first'],
    },
    {
      asked: 'the reversal of a reversed or unknown receipt',
      answer: 'R000001, R000002: texts',
      source: 'PORTAL',
      tests: [
        'once, whole or in part, by however many ask at the same instant: R000001 for all others',
        'what no customer paid to the party that asks is no original: R000002; nor more than was paid',
      ],
    },
    {
      asked: 'a reversal of a part, and of more than was paid',
      answer: 'not known',
      source: 'open',
      taken: 'a part is reversed, once; more is 25; what the payment cost the customer is kept',
      tests: [
        'once, whole or in part, by however many ask at the same instant: R000001 for all others',
        'what no customer paid to the party that asks is no original: R000002; nor more than was paid',
        'a reversal may cost the organisation something; what the payment cost the customer is kept',
      ],
    },
  ],
};
