import type { Chapter } from '../case.ts';

const NAMED = 'each field that is missing or wrong is named, the first of the page first';
const HABITS = 'what clients in the field send is accepted';
const WRONG_PASSWORD =
  'a password that does not agree with short code, passkey or timestamp is wrong credentials';

export const stkCases: Chapter = {
  title: 'STK push',
  cases: [
    {
      asked: 'CallBackURL with a space, without `//`, empty, or localhost',
      answer: '400 `400.002.02` "Bad Request - Invalid CallBackURL"',
      source: 'OBS LNMOnlineAndroidSample#40, osen-wc-mpesa#10',
      taken: 'localhost is taken in the local profile alone',
      tests: [
        'a callback goes to a public address over https, unless the settings say otherwise',
        'the local profile takes callbacks on this machine',
      ],
    },
    {
      asked: 'CallBackURL whose host does not resolve',
      answer: 'accepted; the callback cannot be delivered',
      source: 'NKAP',
      tests: [
        'an accepted push is acknowledged to the letter, and its row is there',
        'a name without an address',
      ],
    },
    {
      asked: 'Password made from another timestamp or passkey',
      answer: '500 `500.001.1001` "Wrong credentials"',
      source: 'OBS mpesa-node-library#47',
      tests: [WRONG_PASSWORD],
    },
    {
      asked: 'an unknown short code',
      answer: '`500.001.1001` "Merchant does not exist", or `400.002.02`',
      source: 'open',
      taken: '"Merchant does not exist"',
      tests: ['a merchant that nobody knows does not exist, until somebody makes it'],
    },
    {
      asked: 'a form-encoded body, or no content type',
      answer:
        '400 `400.002.02`, naming the first field: BusinessShortCode; of B2C InitiatorName; of a reversal RecieverIdentifierType',
      source: 'OBS LNMOnlineAndroidSample#46',
      tests: ['a body of another content type has no fields: the first one is missed'],
    },
    {
      asked: 'an amount with a fraction, 0, or below',
      answer: '400 "Invalid Amount"',
      source: 'OBS osen-wc-mpesa#6',
      taken: '"10.00" and 1.0 are open: accepted, because they are whole',
      tests: ['an amount is whole shillings, in cents', NAMED],
    },
    {
      asked: 'an amount above 250,000',
      answer: 'not known',
      source: 'open',
      taken: 'result 3; `mpesa.stk.maxAmountShillings`',
      tests: ['rules refuse a push before the phone is bothered: 2, 3, 17, 2028'],
    },
    {
      asked: 'a phone as 07…, +254…, 7…, or of 11 digits',
      answer: '400 "Invalid PhoneNumber"',
      source: 'OBS osen-wc-mpesa#65',
      tests: ['a number is 2547 or 2541 and eight more digits', NAMED],
    },
    {
      asked: 'a phone 2541…, 2540140…, 25418…',
      answer: 'accepted: these ranges exist since 2021 and August 2026',
      source: 'NKAP',
      tests: ['a number is 2547 or 2541 and eight more digits'],
    },
    {
      asked: 'a timestamp in ISO form, of 12 or 13 digits, or month 13',
      answer: '400 "Invalid Timestamp"; UTC and Nairobi time both pass if the password agrees',
      source: 'OBS LNMOnlineAndroidSample#36',
      tests: ['a timestamp is a date that the calendar has', HABITS],
    },
    {
      asked: 'a till push whose PartyB is not its till',
      answer:
        'acknowledged; the callback has `"SFC_IC0003"`, a text, "The operator does not exist."; a pay bill taken for a till is 2028',
      source: 'OBS SmoDav/mpesa#50',
      tests: [
        'a till push whose PartyB is no till of that store: after the PIN, with a code that is text, and no money moves',
        'rules refuse a push before the phone is bothered: 2, 3, 17, 2028',
      ],
    },
    {
      asked: 'a prompt of more than 182 characters',
      answer: 'result 1025; the long reference is accepted in the request',
      source: 'PORTAL, GOLIVE',
      taken: 'the documented lengths hold with `mpesa.stk.strictLengths`',
      tests: [
        'a prompt of more than 182 characters cannot be sent: 1025',
        'the documented lengths hold where the switch says so',
      ],
    },
    {
      asked: '`@ # &` and other letters in texts',
      answer: 'users report that such a push "silently fails"',
      source: 'OBS MPESA-API-Tutorial#3',
      taken: 'never silent here: taken, or refused by name',
      tests: [HABITS, 'text of every kind is stored as it came'],
    },
    {
      asked: 'a second push to the same phone',
      answer:
        '500 `500.001.1001` "Unable to lock subscriber, a transaction is already in process for the current subscriber"',
      source: 'PORTAL',
      tests: ['one open push a subscriber, however many ask at once'],
    },
    {
      asked: 'the same amount by the same customer within two minutes',
      answer: 'result 17 "Rule limited."',
      source: 'PORTAL; 17 has three meanings (open)',
      taken: '17 for STK; `mpesa.stk.repeatedAmountWindowMs`',
      tests: ['rules refuse a push before the phone is bothered: 2, 3, 17, 2028'],
    },
    {
      asked: 'GET on the path; an unknown path',
      answer:
        '405 `405.001`; 404 `404.001.01`; outside every product the gateway\'s fault "Unable to identify proxy for host: secure and url: …"',
      source: 'PORTAL, OBS',
      tests: [
        'another method is not allowed, on each path',
        'an unknown path is told so in the form of its family, whatever is sent to it',
        'outside every API the gateway says that nothing is there, in its own form',
      ],
    },
    {
      asked: 'the time a prompt stays on the phone',
      answer: '26 s (sandbox, NKAP), or about 60 s',
      source: 'open',
      taken: "60 s; the vendor's test number as recorded; `mpesa.stk.promptLifetimeMs`",
      tests: [
        "the vendor's test number: the query has 1037 after 14 s, the callback leaves after 26 s",
        'nobody answers: 1037 at the end of its time; nobody could send it: 1019',
      ],
    },
  ],
};

export const queryCases: Chapter = {
  title: 'STK query and callback',
  cases: [
    {
      asked: 'a query while the prompt is open',
      answer:
        '200 with ResultCode 4999; or 200 with `500.001.1001` and an empty message; or 500 "The transaction is being processed"',
      source: 'open: NKAP has all three',
      taken: '4999; `mpesa.stk.inFlightAnswer`',
      tests: ['a push without a result is in flight, in the shape the settings choose'],
    },
    {
      asked: 'a query for an unknown id',
      answer: '500 `500.001.1001` "The transaction does not Exist"',
      source: 'NKAP',
      tests: ['an unknown push, or one of another short code, does not exist'],
    },
    {
      asked: 'the text of an answered query; the type of ResultCode',
      answer:
        '"The service request has been accepted **successsfully**"; ResultCode is a text here, a number in the callback',
      source: 'OBS recordings of 2019–2026; the portal spells it right',
      taken: 'three s; text',
      tests: ['each result is told with its code as text and in the words of the query'],
    },
    {
      asked: 'result 1037',
      answer: 'callback "No response from user."; query "DS timeout user cannot be reached."',
      source: 'NKAP',
      tests: ['the words of query and callback differ where the vendor says so'],
    },
    {
      asked: 'result 1032',
      answer: 'three spellings',
      source: 'open',
      taken: 'callback "Request cancelled by user"; query "Request Cancelled by user."',
      tests: ['the words of query and callback differ where the vendor says so'],
    },
    {
      asked: 'the callback of a payment',
      answer:
        'Amount, MpesaReceiptNumber, [Balance without Value], TransactionDate, PhoneNumber; AccountReference never; a failure has no CallbackMetadata',
      source: 'OBS, PORTAL',
      taken: '`Balance` without a value; `mpesa.stk.balanceItem`',
      tests: [
        'a payment moves the money, and result, callback and SMS come with it',
        'the Balance item of the callback is a switch',
      ],
    },
    {
      asked: 'its delivery',
      answer:
        'one POST, no retry; header `Businessshortcode`; `application/json;charset=UTF-8`; path and query as they were given',
      source: 'NKAP',
      taken: 'one attempt; `delivery.retryAfterSeconds`',
      tests: [
        'a callback arrives to the byte, with the headers and the path as documented',
        'by default a failure is not attempted again; its dead letter is sent again on demand',
      ],
    },
    {
      asked: "the vendor's test number, which nobody answers",
      answer: 'the query has 1037 after 14 s; the callback comes after 26 s',
      source: 'NKAP',
      tests: ["the vendor's test number: the query has 1037 after 14 s, the callback leaves after 26 s"],
    },
  ],
};
