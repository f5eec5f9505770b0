import Type from 'typebox';
import {
  AnyJson,
  Document,
  Exactly,
  List,
  OrNull,
  Reason,
  Sequence,
  Service,
  Text,
  Time,
} from '../../fields.ts';
import type { Operations } from '../../operation.ts';
import { Phase, Rollout, Wave } from './rollout.ts';

const Draft = {
  service: Service,
  change: Document,
  replace: Type.Optional(
    Type.Boolean({ description: '`change` is the whole document, and not merged into what is in force' }),
  ),
};
const named = {
  service: Type.String(),
  sequence: Type.Integer(),
  hash: Type.String(),
  parent: OrNull(Type.String(), { description: 'hash of the release it was made from' }),
  author: Type.String(),
  reason: Type.String(),
  createdAt: Time(),
};
export const Release = Exactly({ schema: Text('id of the schema it was checked by'), ...named });
const ReleaseOrBuiltIn = OrNull(Release, { description: '`null`: what is built in' });

const Changes = List(
  Exactly({ path: Type.String(), before: Type.Optional(AnyJson), after: Type.Optional(AnyJson) }),
  { description: 'one value each; a side that is absent is left out, secrets are masked' },
);

const Problems = List(
  Exactly({
    environments: List(Type.String()),
    path: Type.String(),
    value: Type.Optional(AnyJson),
    reason: Type.String(),
    advice: Type.String(),
  }),
);

const Plan = OrNull(
  Type.Union([
    Exactly({ ok: Type.Literal(true), waves: List(Wave) }),
    Exactly({
      ok: Type.Literal(false),
      reason: Type.String(),
      advice: Type.String(),
      cap: Type.Optional(Text('which allowance of failed payments is in the way')),
    }),
  ]),
  {
    description:
      'the waves with the failed payments each may cost, or why it could not pass; `null` from a process that does not lead',
  },
);

const Undone = Exactly(
  {
    rollout: Type.String(),
    sequence: Type.Integer(),
    hash: Type.String(),
    because: Type.String(),
    again: Type.Boolean(),
  },
  { description: 'what is offered again' },
);
const Begun = Exactly({
  release: Release,
  changes: Changes,
  rollout: Rollout,
  redoes: Type.Optional(Undone),
});
const Unchanged = Exactly({
  unchanged: Type.Literal(true, { description: 'it is what is in force: nothing was begun' }),
  release: ReleaseOrBuiltIn,
});

/** Configuration and releases. */
export const releaseOperations = {
  'GET /config': {
    role: 'viewer',
    schema: {
      summary: 'The configuration of a release, secrets masked',
      description: 'With `environment` as that environment sees it; without `release` the one in force.',
      querystring: Type.Object({
        service: Service,
        release: Type.Optional(Sequence),
        environment: Type.Optional(Type.String()),
      }),
      response: {
        200: Exactly({ service: Type.String(), release: ReleaseOrBuiltIn, document: AnyJson }),
      },
    },
  },
  'GET /config/diff': {
    role: 'viewer',
    schema: {
      summary: 'What differs between two releases',
      description: 'By default the release in force against the one it was made from.',
      querystring: Type.Object({
        service: Service,
        from: Type.Optional(Sequence),
        to: Type.Optional(Sequence),
      }),
      response: { 200: Exactly({ from: ReleaseOrBuiltIn, to: ReleaseOrBuiltIn, changes: Changes }) },
    },
  },
  'POST /config/validate': {
    role: 'viewer',
    schema: {
      summary: 'What a change would come to, and whether it may be pushed',
      description: 'Nothing is written. `change` is merged into what is in force (RFC 7396).',
      body: Exactly(Draft),
      response: {
        200: Exactly({
          base: ReleaseOrBuiltIn,
          problems: Problems,
          changes: Changes,
          switches: OrNull(List(Type.String()), {
            description: 'what it switches off, when it does nothing else: it then goes the short way',
          }),
          onlyRules: Type.Boolean({
            description: 'it changes the rules of how changes travel, and nothing else: a short way too',
          }),
          plan: Plan,
        }),
      },
    },
  },
  'POST /releases': {
    role: 'editor',
    schema: {
      summary: 'Make a change a release, and begin its rollout',
      description:
        '`change` is merged into what is in force (RFC 7396: objects key by key, `null` removes). `200`: it is what is in force, and nothing was begun.',
      body: Exactly({ ...Draft, reason: Reason }),
      response: { 200: Unchanged, 201: Begun, 202: Begun },
    },
  },
  'GET /releases': {
    role: 'viewer',
    schema: {
      summary: 'The releases, newest first, and what became of them',
      querystring: Type.Object({
        service: Service,
        before: Type.Optional(Sequence),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
      }),
      response: {
        200: Exactly({
          service: Type.String(),
          releases: List(
            Exactly({
              ...named,
              rollout: OrNull(Type.String(), { description: 'its latest; `null`: it never set out' }),
              phase: OrNull(Phase),
              current: OrNull(Type.Boolean({ description: 'whether it is in force' })),
            }),
          ),
        }),
      },
    },
  },
  'POST /redo': {
    role: 'editor',
    schema: {
      summary: 'Offer again what was undone, as a new release',
      description:
        'What one release changed, made to what is in force now, with a rollout of its own. Whoever serves with an undone content is told back: this lifts that by name (`redoes`), for exactly this content.',
      body: Exactly({
        service: Service,
        release: Type.Optional(
          Type.Union([Type.Integer({ minimum: 1 }), Type.String({ minLength: 1, maxLength: 200 })], {
            description:
              'sequence, hash, how its hash begins, or its rollout; the one that was undone last when left out',
          }),
        ),
        reason: Reason,
      }),
      response: { 200: Unchanged, 201: Begun, 202: Begun },
    },
  },
} as const satisfies Operations;
