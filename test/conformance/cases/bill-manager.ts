import type { Chapter } from '../case.ts';

const PATHS =
  'every path answers the same with its prefix once and twice, and cancel-bulk-invoice in the singular';
const KEY = 'app_key and appKey are one header; without it an app has one biller, or none is meant';
const BULK =
  'invoices of one request are taken all or not at all, as a list or in `bulk`, a thousand at most';
const FORMS = 'dates are read in the forms that the page and its clients have; phones as people write them';
const OPTED = 'a short code opts in once, gets its key, and changes its details with it';
const CANCELLED =
  'an invoice is cancelled until something is paid for it; then it conflicts, as the page has it';
const FIRST = 'what is due first is settled first, and what is too much settles nothing';

export const billManagerCases: Chapter = {
  title: 'Bill Manager',
  cases: [
    {
      asked: 'the paths of the go-live e-mail: the prefix twice, `cancel-bulk-invoice`',
      answer: 'both reach the service',
      source: 'KEPAS',
      tests: [PATHS],
    },
    {
      asked: 'the name of the header with the key',
      answer: '`app_key` in an SDK, `appKey` on the page',
      source: 'open: PORTAL, KEPAS',
      taken: 'both',
      tests: [KEY],
    },
    {
      asked: 'an invoice without the key',
      answer: 'the page wants it "in the header of every service request"; many clients send none',
      source: 'open: PORTAL, C',
      taken: 'meant for the biller of the app, where it has one; `mpesa.billManager.appKey` requires the key',
      tests: [KEY],
    },
    {
      asked: 'the body of bulk invoicing',
      answer: 'a list; its text says "in the `bulk` array"',
      source: 'open: PORTAL, KEPAS',
      taken: 'both; one that is wrong, or there already, and none is taken',
      tests: [BULK],
    },
    {
      asked: 'a short code that opts in again · one that nobody has, or an app without it',
      answer: '409 "Biller already Registered" · 409 "Invalid consumer key/shortcode"',
      source: 'KEPAS',
      tests: [OPTED, KEY],
    },
    {
      asked: 'the HTTP status of a refusal with rescode 409',
      answer: 'not recorded',
      source: 'open',
      taken: '409 too',
      tests: [OPTED, FORMS],
    },
    {
      asked: 'how `dueDate` is written',
      answer: '`2021-10-12` and `2021-09-15 00:00:00.00` in samples, "yymmdd" in the list of errors',
      source: 'open: PORTAL',
      taken: 'as the samples, ISO 8601 too',
      tests: [FORMS],
    },
    {
      asked: 'an externalReference twice',
      answer: '409; its text is not known',
      source: 'open: KEPAS',
      taken: '"Duplicate externalReference"; that of a cancelled invoice is free',
      tests: [BULK, CANCELLED],
    },
    {
      asked: 'cancelling an invoice of which something is paid',
      answer: '"partially or fully paid invoices cannot be cancelled.", `Conflict`, 409, `errors` empty',
      source: 'PORTAL',
      tests: [CANCELLED],
    },
    {
      asked: 'cancelling several, one of which cannot be',
      answer: 'not documented',
      source: 'open',
      taken: 'none is cancelled, and `errors` names those that cannot be',
      tests: [CANCELLED],
    },
    {
      asked: '`change-invoice`, `change-invoices`',
      answer: 'in the go-live e-mail alone',
      source: 'open: KEPAS',
      taken: 'the fields of an invoice, found by externalReference, until something is paid',
      tests: ['an invoice is changed until something is paid for it, and its customer is told again'],
    },
    {
      asked: 'a payment of more or less than an account owes',
      answer: 'not documented',
      source: 'open',
      taken: 'the invoice that is due first is settled first; what is too much settles nothing, and is told',
      tests: [
        'a payment to the account settles the invoice, in part and then wholly, and each is told to the biller',
        FIRST,
      ],
    },
    {
      asked: 'the reversal of a payment that settled invoices',
      answer: 'not documented',
      source: 'open',
      taken:
        'what it settled is owed again, what was too much goes back first, then what is due last; the customer reads so and is reminded again, and an acknowledgement is 409',
      tests: ['R14: what a reversed payment had settled is owed again, once, and its customer reads so'],
    },
    {
      asked: 'an account that a customer types in another case',
      answer: 'not documented',
      source: 'open',
      taken: 'another account; its payment is told, and settles nothing',
      tests: [FIRST],
    },
    {
      asked: 'a biller that does not answer',
      answer: 'five tries; the waits between them are not documented',
      source: 'open: PORTAL',
      taken: '10, 30, 60 and 300 s; `mpesa.billManager.pushRetryAfterSeconds`',
      tests: ['the biller is tried five times, and no more'],
    },
    {
      asked: 'reminders',
      answer: '7 and 3 days before the due date, and on it (two of them, by another place of the page)',
      source: 'PORTAL',
      taken: 'the three, at 8:00; `mpesa.billManager.reminderDaysBefore`, `reminderHour`',
      tests: [
        'a customer is reminded seven and three days before the due date and on it, of what is left to pay',
        'workers that were away remind once for the days they missed, and not after the due date',
        'nobody is reminded of what is paid or cancelled, nor for a biller that does not want it',
      ],
    },
    {
      asked: 'acknowledging a payment that was never made',
      answer: 'not documented',
      source: 'open',
      taken: '409 "transaction does not exist."',
      tests: ['an acknowledged payment gives its customer a receipt, once'],
    },
  ],
};
