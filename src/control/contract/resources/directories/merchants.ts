import Type, { type Static } from 'typebox';
import { Count, Exactly, List, OrNull, Text, Time, Word } from '../../fields.ts';
import type { Operations } from '../../operation.ts';
import { ChosenProducts, Opening } from './merchants/one.ts';

const ShortCode = Type.String({ pattern: '^[1-9][0-9]{4,6}$' });
const PRINTABLE = '^[!-~]+$';
const Id = Type.Object({ id: Type.String({ pattern: PRINTABLE, maxLength: 64 }) });

const named = {
  name: Type.String(),
  kind: Word(['paybill', 'till']),
  shortCode: Text('`BusinessShortCode`: the pay bill, or the store number of the till'),
  partyB: Text('`PartyB`: the same number for a pay bill'),
};
const Merchant = Exactly({
  ...named,
  products: List(Type.String()),
  consumerKey: OrNull(Type.String(), {
    description: 'of the app that was made with it, masked; `null`: it has none of its own',
  }),
});
/** Who is paid, and by which numbers. */
export type MerchantView = Static<typeof Merchant>;

const Credentials = Exactly({
  ...named,
  passkey: Type.String(),
  consumerKey: Type.String(),
  consumerSecret: Type.String(),
  initiatorName: Text('of the requests that an initiator makes, with every role'),
  initiatorPassword: Type.String(),
  opening: OrNull(
    Exactly({
      moved: Type.Boolean(),
      why: OrNull(Type.String(), {
        description: 'why it was not; `POST /merchants/:shortCode/opening` tries again',
      }),
    }),
    { description: 'what it begins with; `null`: nothing was asked for' },
  ),
});
/** What a merchant's app needs, shown this once: all secrets are kept as their hashes alone. */
export type MerchantCredentials = Static<typeof Credentials>;

export const callbackStates = ['pending', 'delivered', 'exhausted', 'refused'] as const;
const summary = {
  id: Type.String(),
  url: Type.String(),
  state: Word(callbackStates),
  attempts: Count('with a known outcome, since it was written or last sent again'),
  dueAt: Time(),
  createdAt: Time(),
  settledAt: OrNull(Time()),
};
const Callback = Exactly(summary);
export type CallbackView = Static<typeof Callback>;
const CallbackWithLog = Exactly({
  ...summary,
  headers: Type.Record(Type.String(), Type.String(), { description: 'secrets masked' }),
  body: Type.String(),
  log: List(
    Exactly({
      at: Time(),
      outcome: Type.String(),
      status: OrNull(Type.Integer()),
      address: OrNull(Type.String()),
      durationMs: Type.Number(),
      reason: OrNull(Type.String(), { description: 'why it is not `delivered`' }),
      response: OrNull(Type.String(), { description: 'first bytes of an answer that was not 2xx' }),
    }),
    { description: 'the attempts' },
  ),
});
export type CallbackDetails = Static<typeof CallbackWithLog>;

/** Who is paid, and their callbacks; of `production`, in any profile. */
export const merchantOperations = {
  'GET /merchants': {
    role: 'viewer',
    schema: {
      summary: 'Every pay bill and till',
      response: { 200: Exactly({ merchants: List(Merchant) }) },
    },
  },
  'POST /merchants': {
    role: 'editor',
    schema: {
      summary: 'A merchant with an app and an initiator of its own; its credentials are answered this once',
      body: Exactly({
        name: Type.String({ minLength: 1, maxLength: 60 }),
        paybill: Type.Optional(ShortCode),
        till: Type.Optional(ShortCode),
        store: Type.Optional(ShortCode),
        products: ChosenProducts,
        opening: Opening,
      }),
      response: { 201: Credentials },
    },
  },
  'GET /callbacks': {
    role: 'viewer',
    schema: {
      summary: 'What merchants were told, the newest first',
      querystring: Type.Object({
        state: Type.Optional(Word(callbackStates)),
        host: Type.Optional(Type.String({ pattern: PRINTABLE, maxLength: 255 })),
        payment: Type.Optional(
          Type.String({
            pattern: PRINTABLE,
            maxLength: 64,
            description: 'CheckoutRequestID or receipt of its payment',
          }),
        ),
        since: Type.Optional(Time('written at or after it')),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: '50 when left out' })),
        synthetic: Type.Optional(Type.Literal('true', { description: "also those of Imara's own payments" })),
      }),
      response: { 200: Exactly({ callbacks: List(Callback) }) },
    },
  },
  'GET /callbacks/:id': {
    role: 'viewer',
    schema: {
      summary: 'One callback with every attempt',
      description: '`:id`: its own, or the CheckoutRequestID or receipt of its payment.',
      params: Id,
      response: { 200: CallbackWithLog },
    },
  },
  'POST /callbacks/:id/resend': {
    role: 'editor',
    schema: {
      summary: 'Send one that failed again',
      params: Id,
      response: { 200: Exactly({ id: Type.String(), state: Type.Literal('pending') }) },
    },
  },
} as const satisfies Operations;
