import Type, { type Static } from 'typebox';
import { Because, Exactly, Id, List, OrNull, Reason, Word } from '../../fields.ts';
import type { Operations } from '../../operation.ts';

const App = Exactly({
  id: Type.String(),
  name: Type.String(),
  consumerKey: Type.String(),
  state: Word(['active', 'disabled']),
  products: OrNull(List(Type.String()), {
    description: 'What it may ask for; null: everything, also what comes later.',
  }),
});
/** A client of the service, as its authentication servers know it. */
export type AppView = Static<typeof App>;

const SomeProducts = Type.Array(Type.String(), { minItems: 1, maxItems: 100, uniqueItems: true });

/** The clients of the API, and their tokens. `:id`: an id, a consumer key or a name. */
export const appOperations = {
  'GET /apps': {
    role: 'viewer',
    schema: {
      summary: 'The clients of the API',
      response: { 200: Exactly({ apps: List(App) }) },
    },
  },
  'POST /apps/:id/disable': {
    role: 'editor',
    schema: {
      summary: 'Give a client no token, and end those it has',
      description: '`:id`: its id, its consumer key or its name.',
      params: Id,
      body: Because,
      response: { 200: App },
    },
  },
  'POST /apps/:id/enable': {
    role: 'editor',
    schema: {
      summary: 'Let a client fetch tokens again',
      params: Id,
      body: Because,
      response: { 200: App },
    },
  },
  'POST /apps/:id/products': {
    role: 'editor',
    schema: {
      summary: 'What a client may ask for',
      description:
        '`null`: everything. A product that is new to it holds for tokens that it takes from then on.',
      params: Id,
      body: Exactly({ products: OrNull(SomeProducts), reason: Reason }),
      response: { 200: App },
    },
  },
  'POST /apps/:id/rotate': {
    role: 'editor',
    schema: {
      summary: 'Another secret for a client, answered this once',
      description:
        'The old one ends within ten seconds. Tokens that it fetched go on: to end those too, disable and enable it.',
      params: Id,
      body: Because,
      response: { 200: Exactly({ ...App.properties, consumerSecret: Type.String() }) },
    },
  },
  'POST /tokens/revoke': {
    role: 'editor',
    schema: {
      summary: 'End one access token',
      body: Exactly({ token: Type.String({ minLength: 1, maxLength: 2_000 }), reason: Reason }),
      response: {
        200: Exactly({ token: Type.String(), app: Type.String(), revoked: Type.Literal(true) }),
      },
    },
  },
} as const satisfies Operations;
