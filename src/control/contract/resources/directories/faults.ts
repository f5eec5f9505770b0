import Type, { type Static } from 'typebox';
import { AnyJson, Count, Document, Exactly, List, OrNull, Text, Time } from '../../fields.ts';
import type { Operations } from '../../operation.ts';

const Fault = Exactly({
  name: Type.String(),
  rule: Type.Unsafe<Static<typeof Document>>({
    ...Document,
    description: 'as it was set: docs/reference/faults.md',
  }),
  seed: Count('what chance is drawn from'),
  hits: Count('requests that it hit'),
  setBy: Type.String(),
  setAt: Time(),
  expiresAt: OrNull(Time()),
  over: Type.Boolean({ description: 'it has expired, or has hit as many as it may' }),
});
/** A failure on demand. */
export type FaultView = Static<typeof Fault>;

const Problem = Exactly({
  path: Text('where: `faults[0].do.result`'),
  value: Type.Optional(AnyJson),
  reason: Type.String(),
  advice: Type.String(),
});
export type FaultProblem = Static<typeof Problem>;

/** Failures on demand, of `production`: where they may be had, on one machine or by `IMARA_ALLOW_FAULTS`. */
export const faultOperations = {
  'GET /faults': {
    role: 'viewer',
    schema: {
      summary: 'The failures on demand that are set',
      response: { 200: Exactly({ allowed: Type.Boolean(), faults: List(Fault) }) },
    },
  },
  'POST /faults': {
    role: 'editor',
    schema: {
      summary: 'Set failures on demand',
      description:
        'All of them or none: one that is wrong is refused with `invalid_faults` (422) and `problems`, a list of `{ path, value, reason, advice }`. One of the same name is replaced. `forbidden_here` (403): they may not be had in this installation.',
      body: Exactly({
        scenario: Type.Unsafe<Static<typeof Document>>({
          ...Document,
          description: '`{ seed, faults }`: docs/reference/faults.md',
        }),
        replace: Type.Optional(Type.Boolean({ description: 'those that are set go first' })),
        check: Type.Optional(Type.Boolean({ description: 'nothing is set' })),
      }),
      response: { 200: Exactly({ set: List(Type.String()), cleared: List(Type.String()) }) },
    },
  },
  'POST /faults/clear': {
    role: 'editor',
    schema: {
      summary: 'End failures on demand',
      body: Exactly({
        name: Type.Optional(
          Type.String({ minLength: 1, maxLength: 40, description: 'all of them when left out' }),
        ),
      }),
      response: { 200: Exactly({ cleared: List(Type.String()) }) },
    },
  },
} as const satisfies Operations;
