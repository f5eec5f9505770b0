import Type from 'typebox';
import { Exactly, List, OrNull, Text, Time } from '../fields.ts';
import type { Operations } from '../operation.ts';

/** The watches outside: that they live, and when they were last heard. */
export const watchOperations = {
  'GET /watches': {
    role: 'viewer',
    schema: {
      summary: 'The watches that were heard in the last week',
      response: {
        200: Exactly({
          watches: List(
            Exactly({
              name: Type.String(),
              person: Text('the operator whose token it shows'),
              version: Type.String(),
              heardAt: Time(),
              ageMs: Type.Number({ description: 'since it was heard' }),
              withinMs: Type.Integer({ description: 'silence for longer is its death' }),
              silentSince: OrNull(Time(), {
                description: 'when its silence was written into the journal; `null`: it is heard',
              }),
            }),
          ),
        }),
      },
    },
  },
  'POST /watches/beats': {
    role: 'viewer',
    schema: {
      summary: 'A watch says that it lives',
      description:
        'The first silence of more than `withinMs` is a row of the journal (`watch.silent`), and so is its end (`watch.back`).',
      body: Exactly({
        from: Type.String({ minLength: 1, maxLength: 200, description: 'its name' }),
        withinMs: Type.Integer({ minimum: 500, maximum: 10_800_000 }),
        version: Type.String({ minLength: 1, maxLength: 50 }),
        lastCheckAt: Type.Optional(OrNull(Type.Number(), { description: 'ms since the epoch' })),
        queues: Type.Optional(
          Type.Record(Type.String(), Type.Number(), { description: 'what waits in each' }),
        ),
        dropped: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
      response: { 200: Exactly({ heardAt: Time() }) },
    },
  },
} as const satisfies Operations;
