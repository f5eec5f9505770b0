import type { Chapter } from '../case.ts';

const CONFIRMED =
  'the confirmation commits with the money, to the letter of the page; version 2 masks the payer';
const REJECTED =
  'a rejection ends the payment, its code chooses the words for the payer, and there is no confirmation';

export const c2bCases: Chapter = {
  title: 'C2B',
  cases: [
    {
      asked: 'registering URLs, version 1 or 2',
      answer: 'both exist; the acknowledgement spells `OriginatorCoversationID`',
      source: 'PORTAL',
      tests: ['URLs are registered, and a payment is told to the ConfirmationURL'],
    },
    {
      asked: 'registering twice',
      answer: 'sandbox: Success; production: 500 `500.003.1001` "Urls are already registered."',
      source: 'PORTAL',
      taken: '`mpesa.c2b.registerAgain`; the local profile is a sandbox',
      tests: ['registering twice: the sandbox overwrites, production says that they are registered'],
    },
    {
      asked: 'a short code that may not register, such as 174379',
      answer: "the fault of the vendor's backend, a SOAP envelope as JSON",
      source: 'C MPESA-API-Tutorial#3; its HTTP status is open',
      taken: 'HTTP 500; of a short code that nobody has the same',
      tests: ['a short code of STK push alone, or nobody’s, gets the fault of the backend'],
    },
    {
      asked: 'MSISDN in the callbacks',
      answer: '1: SHA-256 hex; 2: `2547 ***** 126` with spaces',
      source: 'OBS mpesakit#103; an older page has `25470****149` (open)',
      taken: 'with spaces; the version that registered decides, whichever simulates',
      tests: [
        CONFIRMED,
        'the version that registered last decides how the payer is shown, whichever simulates',
      ],
    },
    {
      asked: 'ResponseType',
      answer: 'exactly `Completed` or `Cancelled`',
      source: 'PORTAL',
      tests: ['ResponseType is exactly one of two words'],
    },
    {
      asked: 'external validation',
      answer:
        'off by default; codes C2B00011 to C2B00016 reject; the answer is the number 0 or the text "0"; ThirdPartyTransID returns in the confirmation',
      source: 'PORTAL',
      tests: [
        'without external validation a registered merchant is not asked',
        'a merchant that validates is asked before the money moves, and its own id comes back',
        REJECTED,
      ],
    },
    {
      asked: 'a merchant that does not answer its validation within 8 s',
      answer: 'ResponseType decides',
      source: 'PORTAL',
      taken: '`mpesa.c2b.validationTimeoutMs`',
      tests: ['R1: a merchant that hangs is waited for as long as it has, then ResponseType decides'],
    },
    {
      asked: 'a validation answered by another status than 2xx, or by what has no ResultCode',
      answer: 'not known',
      source: 'open',
      taken: 'no answer: ResponseType decides; any ResultCode that is not 0 rejects',
      tests: ['what cannot be read is no answer: ResponseType decides', REJECTED],
    },
    {
      asked: 'a URL with a word that the vendor refuses',
      answer: '400 `400.003.02`: mpesa, safaricom, exe, exec, cmd, sql, query, in any case',
      source: 'PORTAL',
      taken: '`mpesa.c2b.callbackUrl.forbiddenWords`',
      tests: ['words that the vendor refuses in a URL are named, in any case'],
    },
    {
      asked: 'C2B Hakikisha: whose an account is, before a payment from the menu of a phone',
      answer:
        "a token by the merchant's `/auth/v1/generate`, then `/c2b_hakikisha/v1/notify` with requestId, timestamp, accountNumber, shortcode; it answers accountName, or 400, 401, 422",
      source: 'C (SDKs); the page is not public (open)',
      taken:
        'paths and fields of the SDKs; timestamp in seconds of the epoch, as text; 400 and 422: there is no such account; a 401 takes another token, once',
      tests: [
        'a merchant is asked whose an account is, with a token that is kept until shortly before its end',
        'an account that the merchant does not have is unknown, in its words; what cannot be read is no answer',
        'a token that the merchant takes no more is replaced once; a second 401 is no answer',
      ],
    },
    {
      asked: 'a merchant that does not say in time whose an account is',
      answer: 'not known',
      source: 'open',
      taken: 'the payment goes on without a name; `mpesa.c2b.accountNameTimeoutMs`',
      tests: [
        'R1: a merchant that hangs costs the deadline alone, and is asked eight questions at once',
        '`imara phone pay-bill` shows the name, and pays no account that is not there but when it is told to',
      ],
    },
    {
      asked: 'retries of a confirmation',
      answer: 'the pages name the pull API alone',
      source: 'open',
      taken: 'one attempt, as of any callback; `delivery.retryAfterSeconds`',
      tests: ['by default a failure is not attempted again; its dead letter is sent again on demand'],
    },
    {
      asked: 'a payment to a short code without URLs',
      answer: 'it completes silently',
      source: 'PORTAL',
      tests: [
        'without URLs a payment completes silently: money, receipt and SMS, and nothing for the merchant',
      ],
    },
  ],
};
