import Type, { type Static } from 'typebox';
import { Count, Exactly, List, OrNull, Text, Time, Word } from '../../../fields.ts';
import type { Operations } from '../../../operation.ts';

const Numbered = Type.Object({
  shortCode: Type.String({
    pattern: '^[1-9][0-9]{4,6}$',
    description: 'any number of the merchant: pay bill, store or till',
  }),
});
const Amount = Type.String({ pattern: '^[0-9]{1,9}([.][0-9]{1,2})?$', description: 'shillings' });
const Source = Type.String({
  pattern: '^[0-9a-z/]+$',
  maxLength: 40,
  description: "the account that pays: `float`, a subscriber's number, or `SHORTCODE/KIND`",
});
const Name = Type.String({ minLength: 1, maxLength: 60 });
const Products = Type.Array(Type.String({ maxLength: 40 }), {
  minItems: 1,
  maxItems: 20,
  uniqueItems: true,
  description: 'of `stk`, `c2b`, `b2c`, `b2b`',
});

export const Opening = Type.Optional(
  Exactly(
    { amount: Amount, source: Type.Optional(Source) },
    { description: 'so much in Working and in Utility each; `source`: `float` when left out' },
  ),
);
const Operator = Exactly({
  nominatedNumber: Type.String({
    pattern: '^254[17][0-9]{8}$',
    description: 'the phone that B2B Express asks',
  }),
  id: Type.String({ pattern: '^[0-9]{1,10}$', description: 'what its operator types there, beside the PIN' }),
});

export const ChosenProducts = Type.Optional(Products);

/** What goes into a header: no blank, no control character; of the key, no colon. */
const AccountNames = Type.Optional(
  OrNull(
    Exactly({
      url: Type.String({ maxLength: 500, description: 'what stands before the paths' }),
      key: Type.String({ pattern: '^[!-9;-~]+$', maxLength: 200 }),
      secret: Type.String({
        pattern: '^[!-~]+$',
        maxLength: 200,
        description: 'kept sealed; never answered',
      }),
    }),
    { description: 'where a pay bill is asked whose an account is; `null`: nowhere any longer' },
  ),
);

const Initiator = Exactly({
  username: Type.String(),
  roles: List(Type.String()),
  state: Word(['active', 'locked', 'disabled']),
  wrongInRow: Count('wrong credentials in a row; ten lock it (result 8006)'),
  lockedUntil: OrNull(Time()),
});
export type InitiatorView = Static<typeof Initiator>;

const OpeningPage = Exactly({
  amount: Text('shillings, in Working and in Utility each'),
  source: Text('the account that pays'),
  movedAt: OrNull(Time(), { description: '`null`: not yet' }),
});
export type OpeningView = Static<typeof OpeningPage>;

const OpeningMoved = Exactly({ shortCode: Type.String(), amount: Type.String(), source: Type.String() });
export type OpeningMovedView = Static<typeof OpeningMoved>;

const Passkey = Exactly({
  shortCode: Text('`BusinessShortCode`: whose requests it signs'),
  passkey: Text('answered this once'),
  formerUntil: OrNull(Time(), {
    description: 'until when the passkey before it is taken too; `null`: it is wrong from now on',
  }),
});
export type PasskeyView = Static<typeof Passkey>;

const Merchant = Exactly({
  name: Type.String(),
  kind: Word(['paybill', 'till']),
  shortCode: Text('`BusinessShortCode`: the pay bill, or the store number of the till'),
  tills: List(Exactly({ number: Type.String(), name: Type.String() }), {
    description: '`PartyB` of buy goods; empty for a pay bill',
  }),
  createdAt: Time(),
  products: List(Type.String()),
  validation: Type.Boolean({ description: 'whether its ValidationURL is asked before a payment of C2B' }),
  operator: OrNull(Operator, { description: 'of a till; `null`: B2B Express has nobody to ask' }),
  urls: OrNull(
    Exactly({
      confirmation: Type.String(),
      validation: Type.String(),
      responseType: Word(['Completed', 'Cancelled']),
    }),
    { description: 'of C2B; `null`: it registered none' },
  ),
  accountNames: OrNull(Type.String(), {
    description: 'the URL where it is asked whose an account is before a customer pays; `null`: it is not',
  }),
  opening: OrNull(OpeningPage, { description: 'what it was made to begin with; `null`: nothing' }),
  accounts: List(
    Exactly({
      account: Text('as `/accounts/:account` takes it'),
      balance: Text('shillings'),
      available: Text('balance less what is reserved'),
    }),
    { description: 'on which money ever moved' },
  ),
  initiators: List(Initiator),
  apps: List(
    Exactly({
      id: Type.String(),
      name: Type.String(),
      consumerKey: Type.String(),
      state: Word(['active', 'disabled']),
      products: OrNull(List(Type.String()), { description: '`null`: everything' }),
    }),
  ),
});
/** A merchant with all that is its own; no secret. */
export type MerchantPage = Static<typeof Merchant>;

const NewApp = Exactly({
  id: Type.String(),
  name: Type.String(),
  consumerKey: Type.String(),
  consumerSecret: Text('answered this once'),
});
export type NewAppView = Static<typeof NewApp>;

const Funding = Exactly({
  account: Type.String(),
  source: Type.String(),
  amount: Type.String(),
  balance: Text('of the account, just after'),
  transfer: Type.String(),
});
export type FundingView = Static<typeof Funding>;

const Certificate = Exactly({
  certificate: Text('X.509, PEM'),
  subject: Type.String(),
  sha256: Text('its fingerprint'),
  validUntil: Time(),
});
export type CertificateView = Static<typeof Certificate>;

/** One merchant: what it is, its money, its apps; and the certificate that all of them encrypt with. */
export const oneMerchantOperations = {
  'GET /merchants/:shortCode': {
    role: 'viewer',
    schema: {
      summary: 'A merchant: numbers, products, accounts with their balances, initiators, apps',
      params: Numbered,
      response: { 200: Merchant },
    },
  },
  'POST /merchants/:shortCode': {
    role: 'editor',
    schema: {
      summary:
        'Change its name, products or operator, whether its ValidationURL is asked, or where it tells account names',
      description: 'What would change nothing is refused, and then nothing is changed.',
      params: Numbered,
      body: Exactly({
        name: Type.Optional(Name),
        products: Type.Optional(Products),
        validation: Type.Optional(Type.Boolean()),
        operator: Type.Optional(Operator),
        accountNames: AccountNames,
      }),
      response: { 200: Merchant },
    },
  },
  'POST /merchants/:shortCode/money': {
    role: 'editor',
    schema: {
      summary: 'Bring money to one of its accounts, from an account that is named',
      description: 'Asked again with the same `id`, it moves nothing more and is answered the same.',
      params: Numbered,
      body: Exactly({
        id: Type.String({ format: 'uuid', description: 'yours' }),
        account: Type.String({ maxLength: 20, description: '`utility`, `working`, …' }),
        amount: Amount,
        source: Source,
      }),
      response: { 200: Funding },
    },
  },
  'POST /merchants/:shortCode/opening': {
    role: 'editor',
    schema: {
      summary: 'Move what a merchant was made to begin with, where that was not done yet',
      description: 'Asked again, it moves nothing more and is answered the same.',
      params: Numbered,
      body: Exactly({}),
      response: { 200: OpeningMoved },
    },
  },
  'POST /merchants/:shortCode/passkey': {
    role: 'editor',
    schema: {
      summary: 'Another passkey, answered this once; the one before it is taken for a while more',
      description:
        'Of the one before that nothing is taken any longer, whatever was left of its time. API processes know it within ten seconds.',
      params: Numbered,
      body: Exactly({
        graceSeconds: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 2_592_000,
            description:
              'how long the one before is taken beside it: 86400 (a day) when left out; 0: no longer',
          }),
        ),
      }),
      response: { 200: Passkey },
    },
  },
  'POST /merchants/:shortCode/apps': {
    role: 'editor',
    schema: {
      summary: 'One more app of a merchant; its secret is answered this once',
      params: Numbered,
      body: Exactly({ name: Name }),
      response: { 201: NewApp },
    },
  },
  'GET /certificate': {
    role: 'viewer',
    schema: {
      summary: 'The certificate with which a SecurityCredential is encrypted',
      response: { 200: Certificate },
    },
  },
} as const satisfies Operations;
