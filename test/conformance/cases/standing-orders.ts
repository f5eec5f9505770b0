import type { Chapter } from '../case.ts';

const FIELDS = 'fields are read in every spelling that pages and SDKs have; what is wrong is 1051';
const SWITCHED = 'frequencies are counted as the settings say, and the callback is written so';

export const standingOrderCases: Chapter = {
  title: 'Standing orders',
  cases: [
    {
      asked: 'the spelling of `Marchant`, `StandingOrderNameName`, `CustomStoId`',
      answer: 'pages and SDKs do not agree',
      source: 'open: OP, PORTAL',
      taken: 'each is taken',
      tests: [FIELDS],
    },
    {
      asked: 'how `Frequency` is counted',
      answer: 'eight values in one copy of the page, nine in another',
      source: 'open: OP, PORTAL',
      taken: 'eight; `mpesa.standingOrders.frequencies`',
      tests: [SWITCHED],
    },
    {
      asked: 'the case of the callback',
      answer: '`responseHeader` in the sample; an SDK reads `ResponseHeader`',
      source: 'open: OP',
      taken: 'lower case; `mpesa.standingOrders.callbackCase`',
      tests: ['it is acknowledged, the phone asks, and the callback tells that it stands', SWITCHED],
    },
    {
      asked: 'a field that is wrong',
      answer: '1051; whether at once or in the callback is not said',
      source: 'open: OP',
      taken: 'at once, HTTP 400',
      tests: [FIELDS],
    },
    {
      asked: 'a day on which the customer has no money',
      answer: 'not documented',
      source: 'open',
      taken: 'that day is not paid, and the order goes on',
      tests: ['a day without money is not paid, and the next one is'],
    },
  ],
};
