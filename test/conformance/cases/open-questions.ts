import type { Chapter } from '../case.ts';

const HABITS = 'what clients in the field send is accepted';
const WORDS = 'the words of query and callback differ where the vendor says so';
const IN_FLIGHT = 'a push without a result is in flight, in the shape the settings choose';
const NO_RETRY = 'by default a failure is not attempted again; its dead letter is sent again on demand';
const FIELDS = 'fields are read in every spelling that pages and SDKs have; what is wrong is 1051';
const PAID = 'a payment moves the money, and result, callback and SMS come with it';

/** Each question that the sources leave open, in the order of the reference of the wire (its section 7). */
export const openQuestions: Chapter = {
  title: 'Open questions, and the default that is taken for each',
  cases: [
    {
      asked: '1. the type of `expires_in`',
      answer: 'text in the older pages and most code; a number in the newer page and NKAP',
      source: 'open: O2, O3, NKAP',
      taken: 'text; `mpesa.expiresInAs`',
      tests: ['key and secret give a token and its lifetime, as text or as a number'],
    },
    {
      asked: '2. zone and age of Timestamp',
      answer: 'UTC is refused as too old in one claim; npm clients send UTC, and work',
      source: 'open: C',
      taken: 'no check of age: Password and Timestamp must agree',
      tests: [HABITS, 'a timestamp is a date that the calendar has'],
    },
    {
      asked: '3. whether a new token ends the one before',
      answer: 'yes by the FAQ; clients that fetch a token for every call would not work',
      source: 'open: O3',
      taken: 'no; `auth.tokens.newTokenKillsOld`',
      tests: ['"a new token kills the old one" is a switch'],
    },
    {
      asked: '4. retries of an STK callback',
      answer: 'none in 31 and 44 minutes; three in a simulator; duplicates happen',
      source: 'open: M, C',
      taken: 'one delivery; `delivery.retryAfterSeconds`; duplicates with `imara faults`',
      tests: [NO_RETRY, 'callbacks: lost, twice, late, out of order, and before the acknowledgement'],
    },
    {
      asked: '5. a query in flight',
      answer: '4999 with 200; `500.001.1001` and no text with 200; 500 "being processed"',
      source: 'open: M',
      taken: '4999; `mpesa.stk.inFlightAnswer`',
      tests: [IN_FLIGHT],
    },
    {
      asked: '6. the HTTP status of `500.001.1001` of a query',
      answer: '500 in September, 200 in October, by the same author',
      source: 'open: M',
      taken: '500; 200 for what is in flight with `mpesa.stk.inFlightAnswer`',
      tests: ['an unknown push, or one of another short code, does not exist', IN_FLIGHT],
    },
    {
      asked: '7. the type of ResultCode of a query',
      answer: 'text in the documents, a number in a model',
      source: 'open: O3, C',
      taken: 'text; no switch',
      tests: ['each result is told with its code as text and in the words of the query'],
    },
    {
      asked: '8. the text of 1037',
      answer: '"DS timeout user cannot be reached.", or "No response from user."',
      source: 'open: M',
      taken: 'the first in a query, the second in a callback; no switch',
      tests: [WORDS],
    },
    {
      asked: '9. the text of 1032',
      answer: 'three spellings',
      source: 'open: M',
      taken: '"Request cancelled by user" in a callback, "Request Cancelled by user." in a query; no switch',
      tests: [WORDS],
    },
    {
      asked: '10. TransactionDesc above 13, AccountReference above 12',
      answer: 'the documents bound them; clients send 20; 1025 above 182 characters of the prompt',
      source: 'open: O3, C',
      taken: 'taken, and 1025 above 182; `mpesa.stk.strictLengths`',
      tests: [
        'the documented lengths hold where the switch says so',
        'a prompt of more than 182 characters cannot be sent: 1025',
      ],
    },
    {
      asked: '11. how long a prompt waits',
      answer: '26 s in the sandbox; about 60 s',
      source: 'open: M, C',
      taken: '60 s; `mpesa.stk.promptLifetimeMs`',
      tests: ['nobody answers: 1037 at the end of its time; nobody could send it: 1019'],
    },
    {
      asked: '12. the order of the checks',
      answer: 'nobody documents it; a wrong content type names the first field',
      source: 'open',
      taken: "token, JSON, fields in the page's order, Password, merchant; no switch",
      tests: ['checks come in order: token, JSON, fields, password, merchant'],
    },
    {
      asked: '13. ResponseCode of a QR code',
      answer: '`AG_…`, or "00"',
      source: 'open: O3, KEPAS',
      taken: '"00"; `mpesa.qr.responseCode`',
      tests: ['the response code is an id where the settings say so'],
    },
    {
      asked: '14. ResponseCode of org info',
      answer: '`4000` in the sample, `0` in the table',
      source: 'open: OP',
      taken: '4000; `mpesa.orgInfo.successCode`',
      tests: ['the code of success is switched, as page and sample disagree'],
    },
    {
      asked: '15. the key of the status of a pull registration',
      answer: '`ResponseStatus`, or `Response Status`; the query is described as GET',
      source: 'open: O3, KEPAS',
      taken: 'the first; `mpesa.pull.statusKey`; the query is POST',
      tests: ['a short code is registered once; the key of its status is switched'],
    },
    {
      asked: '16. the spelling of Ratiba',
      answer: '`Marchant`, `StandingOrderNameName`, and the case of the callback',
      source: 'open: OP',
      taken: 'all are read; the callback is lower case; `mpesa.standingOrders.callbackCase`',
      tests: [FIELDS, 'frequencies are counted as the settings say, and the callback is written so'],
    },
    {
      asked: '17. RecieverIdentifierType of buy goods',
      answer: '4 by the page, 2 in production',
      source: 'open: O2, KEPAS',
      taken: 'both are taken; no switch',
      tests: ['each command moves money between the accounts that it names, own accounts too'],
    },
    {
      asked: '18. the mask of version 2 of C2B',
      answer: '`2547 ***** 126`, or `25470****149`',
      source: 'open: O3, O2',
      taken: 'the first; no switch',
      tests: [
        'the confirmation commits with the money, to the letter of the page; version 2 masks the payer',
      ],
    },
    {
      asked: '19. retries of a confirmation',
      answer: 'not clear: the pages name pull alone for what was missed',
      source: 'open: O3',
      taken: 'none; `delivery.retryAfterSeconds`',
      tests: [NO_RETRY],
    },
    {
      asked: '20. the body that QueueTimeOutURL gets',
      answer: 'no sample and no recording was found; SDKs assume the envelope of a result',
      source: 'open: C',
      taken: 'the envelope with code 26; a guess; no switch',
      tests: [
        'what nobody dealt with in time is told to QueueTimeOutURL, and a worker that comes later changes nothing',
      ],
    },
    {
      asked: '21. a wrong consumer key or secret',
      answer: '`400.008.01` in SDKs; the page has it for a wrong type of authentication alone',
      source: 'open: O3, C',
      taken: '400 `400.008.01`; no switch',
      tests: ['another type of authentication, a broken one, and a wrong secret are invalid authentication'],
    },
    {
      asked: '22. the meaning of 17 and of 1036',
      answer: 'several',
      source: 'open: O3, C',
      taken: '17 is "Rule limited." of STK, `mpesa.stk.repeatedAmountWindowMs`; 1036 is never told',
      tests: ['rules refuse a push before the phone is bothered: 2, 3, 17, 2028'],
    },
    {
      asked: '23. ResultDesc of 0 in a callback',
      answer: 'not recorded by NKAP; the standard text in production',
      source: 'open: KEPAS',
      taken: 'the standard text; no switch',
      tests: [PAID],
    },
    {
      asked: '24. the limits of the rate',
      answer: 'the codes are known, the numbers are not',
      source: 'open: O3',
      taken: '`serving.quota.spikePerSecond`, `serving.quota.quotaRequests`',
      tests: ['an app over its rate or its quota is told which'],
    },
    {
      asked: '25. the forms of KYC, age, and versions 2 and 3 of IMSI',
      answer: 'known from SDKs alone',
      source: 'open: C',
      taken: 'as the SDKs read them; `mpesa.kyc.matchAs`, `mpesa.simSwap.withRegistration`',
      tests: [
        'a document matches or not; whose it is is not told',
        'the age of a number is its day of registration',
        'an IMSI is hashed, on each path the same, and another after a swap',
      ],
    },
    {
      asked: '26. the sub-second of a CheckoutRequestID',
      answer: 'three digits until March 2026, one in September 2026',
      source: 'open: M',
      taken: 'three; nobody reads it; no switch',
      tests: ['identifiers have the form of the vendor'],
    },
    {
      asked: '27. how the results of versions 1 and 3 of B2C differ',
      answer: 'no difference is documented',
      source: 'open',
      taken: 'they do not; no switch',
      tests: ['version 1 has no id of the caller, and takes Occasion, as clients send it'],
    },
    {
      asked: '28. what B2C and pay bills cost the organisation',
      answer: 'not found',
      source: 'open',
      taken:
        'nothing; `mpesa.b2c.tariffs`, `mpesa.b2b.tariffs`, `mpesa.reversal.tariffs`, `mpesa.standingOrders.tariffs`',
      tests: ['a charge goes to Charges Paid, by the tariff of the day'],
    },
    {
      asked: '29. the fees of customers after January 2025',
      answer: 'press copies of one table',
      source: 'open: press',
      taken:
        'that table, with its date, for sending and withdrawing; pay bills by `mpesa.stk.customerTariff`',
      tests: ['a tariff holds from midnight in Nairobi of its day on'],
    },
    {
      asked: 'TransactionStatus of what moved no money',
      answer: 'Completed in the sample; Initiated, Authorized, Cancelled, Declined, Expired are named',
      source: 'open: O3, C',
      taken: 'which is told when is a guess; what was reversed stays Completed; no switch',
      tests: [
        'what moved no money is told by its state: Initiated, Authorized, Cancelled, Expired, Declined; nobody else is told',
      ],
    },
    {
      asked: "a SecurityCredential made with the vendor's certificate, whose key nobody here has",
      answer: 'SDKs have it built in',
      source: 'C',
      taken:
        '2001; it passes with `mpesa.requests.securityCredential` as `lenient`, the local profile has it',
      tests: [
        'lenient: a credential made with the certificate that clients have built in passes, a wrong password does not',
        'what was not made with our certificate is a wrong password, whatever a library makes of its padding',
      ],
    },
    {
      asked: 'how many wrong credentials lock an initiator, and for how long',
      answer: '8006 "The security credential is locked."; no number is documented',
      source: 'open: O3',
      taken: 'ten in a row, five minutes; `imara initiator unlock`; no switch',
      tests: [
        'ten wrong ones in a row lock an initiator for a while, the right one too; a right one before starts the count again',
        'an initiator is added with roles, locked by wrong credentials, unlocked, rotated, disabled',
      ],
    },
  ],
};
