import Type, { type Static } from 'typebox';
import { Exactly, List, OrNull, Text, Time } from '../../fields.ts';
import type { Operations } from '../../operation.ts';

const Account = Type.Object({
  account: Type.String({
    pattern: '^[0-9a-z/]+$',
    maxLength: 40,
    description: "a subscriber's number, `SHORTCODE/KIND` (`utility` when left out), `float` or `fees`",
  }),
});
const ShortCode = Type.String({ pattern: '^[1-9][0-9]{4,6}$' });
const Receipt = Type.String({ pattern: '^[A-Z0-9]{10}$' });
const Amount = Type.String({ pattern: '^[0-9]{1,12}([.][0-9]{1,2})?$', description: 'shillings' });

const Movement = Exactly({
  at: Time(),
  transfer: Type.String(),
  code: Text('what it was for: `stk.payment`'),
  counterpart: Text('the other account'),
  receipt: OrNull(Type.String()),
  amount: Text('shillings; below zero: out of the account'),
  balance: Text('what was available just after it'),
});
export type MovementView = Static<typeof Movement>;

const Moved = Exactly({ receipt: Type.String(), at: Time(), product: Type.String(), amount: Type.String() });
export type MovedView = Static<typeof Moved>;

const page = {
  after: Type.Optional(Type.String({ maxLength: 60, description: '`next` of the last answer' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000, description: '1,000 when left out' })),
};

/** What is in the books of an account, and whether a merchant's own list agrees with them. */
export const accountOperations = {
  'GET /accounts/:account/statement': {
    role: 'viewer',
    schema: {
      summary: 'The movements of an account, a page at a time',
      params: Account,
      querystring: Type.Object({
        from: Type.Optional(Time()),
        to: Type.Optional(Time('not included')),
        ...page,
      }),
      response: {
        200: Exactly({
          account: Type.String(),
          opening: Text('what was available before the first of them'),
          movements: List(Movement),
          next: OrNull(Type.String(), { description: '`null`: there are no more' }),
        }),
      },
    },
  },
  'GET /accounts/:account/balance': {
    role: 'viewer',
    schema: {
      summary: 'What is available in an account, now or at a moment',
      params: Account,
      querystring: Type.Object({ at: Type.Optional(Time()) }),
      response: { 200: Exactly({ account: Type.String(), at: Time(), balance: Type.String() }) },
    },
  },
  'POST /reconciliation': {
    role: 'viewer',
    schema: {
      summary: 'Whether receipts are in the books of a short code, with these amounts',
      body: Exactly({
        shortCode: ShortCode,
        receipts: Type.Unsafe<readonly { receipt: string; amount: string }[]>(
          Type.Array(Exactly({ receipt: Receipt, amount: Amount }), { maxItems: 1_000 }),
        ),
      }),
      response: {
        200: Exactly({
          missing: List(Type.String(), { description: 'not in the books' }),
          different: List(Exactly({ receipt: Type.String(), amount: Text('in the books') })),
          first: OrNull(Time('of those that are in the books')),
          last: OrNull(Time()),
        }),
      },
    },
  },
  'GET /transactions': {
    role: 'viewer',
    schema: {
      summary: 'What a short code was paid, by receipt, a page at a time',
      querystring: Type.Object({ shortCode: ShortCode, from: Time(), to: Time('included'), ...page }),
      response: {
        200: Exactly({
          transactions: List(Moved),
          next: OrNull(Type.String(), { description: '`null`: there are no more' }),
        }),
      },
    },
  },
} as const satisfies Operations;
