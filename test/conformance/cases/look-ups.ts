import type { Chapter } from '../case.ts';

export const lookUpCases: Chapter = {
  title: 'Look-ups and QR',
  cases: [
    {
      asked: '`ResponseCode` of a QR code that was made',
      answer: '`AG_…`, or "00"; QRCode is a PNG that a scanner reads',
      source: 'open: PORTAL, KEPAS',
      taken: '"00"; `mpesa.qr.responseCode`',
      tests: [
        'a scanner reads what is to be paid, to whom and for what',
        'the response code is an id where the settings say so',
      ],
    },
    {
      asked: 'what a QR code holds',
      answer: 'not published',
      source: 'open',
      taken: 'TrxCode, CPI, amount, RefNo and MerchantName, joined by `|`',
      tests: ['every kind of payment, size and text can be scanned'],
    },
    {
      asked: '`ResponseCode` of an organisation that was found',
      answer: "`4000` in the page's sample, `0` in its table",
      source: 'open: PORTAL',
      taken: '4000; `mpesa.orgInfo.successCode`',
      tests: ['the code of success is switched, as page and sample disagree'],
    },
    {
      asked: 'Hakikisha for a customer who does not exist',
      answer:
        '`header.status` "400", `body.message` "The customer does not exist."; the HTTP status is not shown',
      source: 'PORTAL (open: the status)',
      taken: 'HTTP 400; `mpesa.hakikisha.errorsWithStatus200`',
      tests: ['a customer without M-Pesa does not exist, nor does a short code that nobody has'],
    },
    {
      asked: 'a SIM that was swapped more than three months ago',
      answer: '`lastSwapDate` "01-01-1900 00:00"',
      source: 'PORTAL (open: how long a month is)',
      taken: '90 days; `mpesa.simSwap.shownForDays`',
      tests: ['a fresh swap is told to the minute, an old one as 1900'],
    },
    {
      asked: 'the second and the third version of IMSI',
      answer: 'an SDK reads the registration from the path of SIM swap; of v3 the path alone is known',
      source: 'open',
      taken: 'v2 is SIM swap, with the registration if `mpesa.simSwap.withRegistration`; v3 answers as v1',
      tests: [
        'a fresh swap is told to the minute, an old one as 1900',
        'an IMSI is hashed, on each path the same, and another after a swap',
      ],
    },
    {
      asked: 'errors of SIM swap, IMSI, age and KYC',
      answer: 'plain HTTP statuses; no body is shown',
      source: 'PORTAL (open: the body)',
      taken: 'the head of an answer, with the status as `responseCode`',
      tests: ['errors look as answers do, with the codes of HTTP'],
    },
    {
      asked: 'what KYC answers',
      answer: 'whether it matches; the form is known from SDKs alone',
      source: 'open',
      taken: '`match: true`; `mpesa.kyc.matchAs`',
      tests: ['a document matches or not; whose it is is not told'],
    },
  ],
};
