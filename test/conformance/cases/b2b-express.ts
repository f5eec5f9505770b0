import type { Chapter } from '../case.ts';

const PAID = 'the phone of the till asks; with operator id and PIN its store pays, and the callback is flat';
const NO_YES = 'what is no yes moves nothing and is told flat: 4001, 4201, 4203, 2001, 8006';
const FIELDS = 'fields are named in the family; the spelling of the table is taken too; a repeat asks again';

export const b2bExpressCases: Chapter = {
  title: 'B2B Express',
  cases: [
    {
      asked: 'the callback',
      answer: 'flat camelCase texts, no envelope; 4001: the user cancelled',
      source: 'PORTAL',
      tests: [PAID, NO_YES],
    },
    {
      asked: 'the spelling of `RequestRefID`',
      answer: 'the sample of the page has it so, its table `RequestRefId`',
      source: 'O3',
      taken: 'each is taken',
      tests: [FIELDS],
    },
    {
      asked: 'the callbacks of 4102, 4104, 4201, 4203 and of what the books refuse',
      answer: 'the page has no sample of them',
      source: 'open: O3',
      taken: 'in the form of 4001',
      tests: [
        NO_YES,
        'who cannot be asked, or may not pay, is told without a prompt: 4104, 4102, SFC_IC0003, 2028, 2, 3',
        'the books refuse after the yes: 1 without money, 8 at a bound, 11 of a frozen account',
      ],
    },
    {
      asked: 'a phone that nobody answers',
      answer: 'not documented',
      source: 'open',
      taken: '4201 at the end of `mpesa.b2bExpress.promptLifetimeMs`',
      tests: [NO_YES],
    },
    {
      asked: 'a wrong operator id',
      answer: 'not documented',
      source: 'open',
      taken: 'as a wrong PIN: 2001, and which of both it was is not told',
      tests: ['a wrong operator id is as a wrong PIN, and three in a row lock the phone'],
    },
    {
      asked: 'the same RequestRefID twice',
      answer: 'the page wants a unique one, and has no error for a repeat',
      source: 'open: O3',
      taken: 'two requests: the merchant is asked twice, and can say no',
      tests: [FIELDS],
    },
    {
      asked: 'the account that the till pays from',
      answer: '"from their owned till numbers"; which account is not said',
      source: 'open: O3',
      taken: "Utility of the till's store, where its customers' money lies here",
      tests: [PAID],
    },
  ],
};
