import Type, { type Static } from 'typebox';
import { Count, Document, Exactly, List, OrNull, Text, Time, Word } from '../../fields.ts';
import type { Operations } from '../../operation.ts';

const PRINTABLE = '^[!-~]+$';
export const paymentStates = ['open', 'done', 'failed'] as const;

const summary = {
  id: Type.String(),
  product: Type.String(),
  /** `CheckoutRequestID` of a push, `ConversationID` of everything else. */
  reference: Text('`CheckoutRequestID` of a push, else `ConversationID`'),
  state: Word(paymentStates),
  at: Time('when it was taken'),
  endedAt: OrNull(Time()),
  party: OrNull(Type.String(), { description: 'the subscriber, where there is one' }),
  shortCode: OrNull(Type.String()),
  amount: OrNull(Type.String(), { description: 'shillings: `100.00`; `null`: it moves no money' }),
  account: OrNull(Type.String(), { description: 'account reference' }),
  receipt: OrNull(Type.String()),
  result: OrNull(Type.String(), { description: 'result code, as text' }),
  resultText: OrNull(Type.String()),
};
const Payment = Exactly(summary);
/** What was asked for, in one line. */
export type PaymentView = Static<typeof Payment>;

/** In the order in which one causes the other. */
export const paymentEventKinds = [
  'request',
  'checks',
  'fault',
  'prompt',
  'answer',
  'validation',
  'posting',
  'result',
  'sms',
  'callback',
  'attempt',
  'query',
  'reversal',
] as const;

const Event = Exactly({
  at: Time(),
  kind: Word(paymentEventKinds),
  text: Type.String(),
  details: Type.Unsafe<Static<typeof Document>>({ ...Document, description: 'secrets masked' }),
});
export type PaymentEvent = Static<typeof Event>;
const PaymentPage = Exactly({ ...summary, events: List(Event, { description: 'in the order of time' }) });
export type PaymentPageView = Static<typeof PaymentPage>;

const Impact = Exactly({
  failedPayments: Count('ended, and not paid'),
  amountCents: Type.String({
    pattern: '^[0-9]+$',
    description: 'of them; whole cents, as text: they may not fit a number',
  }),
  merchants: Count('short codes that they are of'),
  openPayments: Count('taken, and not ended yet: how they end may still change the others'),
});
export type ImpactView = Static<typeof Impact>;

const filters = {
  state: Type.Optional(Word(paymentStates)),
  phone: Type.Optional(Type.String({ pattern: '^[0-9]{12}$' })),
  shortCode: Type.Optional(Type.String({ pattern: '^[0-9]{5,7}$' })),
  product: Type.Optional(Type.String({ pattern: PRINTABLE, maxLength: 40 })),
  since: Type.Optional(Time('taken at or after it')),
  amount: Type.Optional(
    Type.String({ pattern: '^[0-9]{1,9}(-[0-9]{1,9})?$', description: 'whole shillings, or from-to' }),
  ),
  synthetic: Type.Optional(Type.Literal('true', { description: "also Imara's own payments" })),
};

/** Payments and whatever else was asked for and taken; of `production`. */
export const paymentOperations = {
  'GET /payments': {
    role: 'viewer',
    schema: {
      summary: 'What was asked for and taken, the newest first',
      querystring: Type.Object({
        ...filters,
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: '50 when left out' })),
      }),
      response: { 200: Exactly({ payments: List(Payment) }) },
    },
  },
  'GET /payments/changes': {
    role: 'viewer',
    schema: {
      summary: 'What was taken or ended since, the oldest change first',
      description:
        'To be asked again with the `next` of the answer. What changed in the last two seconds before it comes again: a change is seen when its transaction commits, and not in the order of its time.',
      querystring: Type.Object({
        ...filters,
        after: Type.Optional(Time('`next` of the last answer; now when left out')),
      }),
      response: { 200: Exactly({ payments: List(Payment), next: Time() }) },
    },
  },
  'GET /payments/impact': {
    role: 'viewer',
    schema: {
      summary: 'How many payments that were taken between two instants failed, and whose',
      description:
        'What moves money and ended otherwise than paid, whoever is at fault: what customers cancelled is among it, as in every hour. What was refused before it was taken is in no book. Without synthetic payments.',
      querystring: Type.Object({ from: Time('taken at or after it'), to: Time('and before it') }),
      response: { 200: Impact },
    },
  },
  'GET /payments/:id': {
    role: 'viewer',
    schema: {
      summary: 'One, with everything that happened to it',
      description:
        '`:id`: CheckoutRequestID, receipt, ConversationID, OriginatorConversationID, its own id, or a phone (its newest payment).',
      params: Type.Object({ id: Type.String({ pattern: PRINTABLE, maxLength: 64 }) }),
      response: { 200: PaymentPage },
    },
  },
} as const satisfies Operations;
