import type { Chapter } from '../case.ts';

const PAID = 'points pay a bill: the phone asks, points and money move together, and C2B confirms it';

export const bongaCases: Chapter = {
  title: 'Lipa na Bonga',
  cases: [
    {
      asked: 'redeeming points',
      answer:
        'a header without a body at once, the PIN on the phone, then a normal confirmation of C2B; no callback of its own',
      source: 'OP',
      tests: [PAID],
    },
    {
      asked: '`responseCode` of a success',
      answer: 'the sample has the number 200, the table of the same page 6000',
      source: 'open: OP',
      taken: '200',
      tests: [PAID],
    },
    {
      asked: 'an amount that is not points times rate, or another rate than that of `calculate-points`',
      answer: 'not documented',
      source: 'open',
      taken: 'HTTP 400, 6006, the field is named',
      tests: ['rate and amount must be what the points are worth, and fields are named'],
    },
    {
      asked: 'a merchant that validates payments',
      answer: 'not documented',
      source: 'open',
      taken: 'it is not asked: the page names the confirmation alone',
      tests: [PAID],
    },
    {
      asked: 'who hears of points that are not redeemed',
      answer: '1031, 1037, 2001 and 17 are in the table; how they reach the caller is not said',
      source: 'open: OP',
      taken: 'nobody but `npx imara payment show`',
      tests: ['what is refused takes no point, moves no money and confirms nothing, and its result says why'],
    },
  ],
};
