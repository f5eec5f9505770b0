import Type, { type Static } from 'typebox';
import { Because, Exactly, Id, List, Reason, Word } from './fields.ts';
import type { Operations } from './operation.ts';

const App = Exactly({
  id: Type.String(),
  name: Type.String(),
  consumerKey: Type.String(),
  state: Word(['active', 'disabled']),
});
/** A client of the service, as its authentication servers know it. */
export type AppView = Static<typeof App>;

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
