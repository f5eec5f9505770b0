import type { Chapter } from '../case.ts';

export const pullCases: Chapter = {
  title: 'Pull transactions',
  cases: [
    {
      asked: 'a query without results',
      answer: 'HTTP **200**, ResponseCode 1001; a list in a list',
      source: 'OBS frappe-mpsa-payments#115',
      tests: ['without payments it is 1001 with HTTP 200, and a list that holds an empty list'],
    },
    {
      asked: 'how a registration names its status',
      answer: '`ResponseStatus`, or `Response Status` with a blank',
      source: 'open: PORTAL, KEPAS',
      taken: '`ResponseStatus`; `mpesa.pull.statusKey`',
      tests: ['a short code is registered once; the key of its status is switched'],
    },
    {
      asked: 'the offset',
      answer: 'counts rows; a page has 100',
      source: 'KEPAS',
      tests: ['a page has 100 rows, and the offset counts rows'],
    },
    {
      asked: 'a StartDate more than 48 hours ago',
      answer: 'nothing older than 48 hours is given; whether it is an error is not said',
      source: 'open: PORTAL',
      taken: 'what is older is left out; `mpesa.pull.windowHours`',
      tests: ['what customers paid in the last 48 hours is told, and nothing else'],
    },
  ],
};
