import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { EndpointType } from '../endpoint.ts';
import { MASK } from '../secret.ts';
import { anyObject } from '../testdata/json.ts';
import { type ConfigKind, check } from './check.ts';

const closed = { additionalProperties: false };
const schema = Type.Object(
  {
    auth: Type.Object(
      {
        servers: Type.Array(EndpointType({ kind: 'auth', protocols: ['http:', 'https:'] }), { minItems: 1 }),
        key: Type.Optional(Type.String({ minLength: 8, secret: true })),
      },
      closed,
    ),
    limits: Type.Object(
      {
        paymentCents: Type.Integer({ minimum: 1, description: 'the largest single payment, in cents' }),
        dayCents: Type.Integer({ minimum: 1 }),
      },
      closed,
    ),
  },
  closed,
);

const kind: ConfigKind<typeof schema> = {
  id: 'test/1',
  service: 'test',
  schema,
  environments: ['testing', 'production'],
  checks: [
    ({ limits }) =>
      limits.dayCents >= limits.paymentCents
        ? []
        : [
            {
              path: ['limits', 'dayCents'],
              reason: 'is below limits.paymentCents, so no full payment could be made',
              advice: `make it at least ${limits.paymentCents}`,
            },
          ],
  ],
};

const good = { auth: { servers: ['http://a'] }, limits: { paymentCents: 100, dayCents: 1000 } };

test('a good document has no problem', () => {
  assert.deepEqual(check(kind, good), []);
});

test('a key that only the overlays have is enough, and missing in one environment is a problem there', () => {
  const { auth, ...rest } = good;
  assert.deepEqual(check(kind, { ...rest, environments: { testing: { auth }, production: { auth } } }), []);
  assert.deepEqual(check(kind, { ...rest, environments: { testing: { auth } } }), [
    {
      environments: ['production'],
      path: 'auth',
      reason: 'is missing',
      advice: 'see the configuration reference',
    },
  ]);
});

test('every problem names key, value, cause and advice; common ones are told once', () => {
  const document = {
    auth: { servers: ['http://a', 'http://auth..internal'], key: 'short' },
    limits: { paymentCents: 0, dayCents: 5, dailyCents: 7 },
    environments: { prodution: {}, production: [] },
  };
  const both = ['testing', 'production'];
  assert.deepEqual(
    check(kind, document).toSorted((a, b) => a.path.localeCompare(b.path)),
    [
      {
        environments: both,
        path: 'auth.key',
        value: MASK,
        reason: 'must not have fewer than 8 characters',
        advice: 'see the configuration reference',
      },
      {
        environments: both,
        path: 'auth.servers[1]',
        value: 'http://auth..internal',
        reason: 'is not an address of auth servers: "" cannot be part of a host name',
        advice: 'write it like http://host:8080',
      },
      {
        environments: ['production'],
        path: 'environments.production',
        reason: 'must be object',
        advice: 'give it the keys that differ',
      },
      {
        environments: ['prodution'],
        path: 'environments.prodution',
        reason: 'is no environment',
        advice: 'did you mean production? environments are testing, production',
      },
      {
        environments: both,
        path: 'limits.dailyCents',
        value: 7,
        reason: 'is not a key here',
        advice: 'did you mean dayCents? known keys are paymentCents, dayCents',
      },
      {
        environments: both,
        path: 'limits.paymentCents',
        value: 0,
        reason: 'must be >= 1',
        advice: 'the largest single payment, in cents',
      },
    ],
  );
});

test('however a schema lists the values there are, they are told with the nearest', () => {
  const modes = ['fast', 'careful'];
  const listed = Type.Object({
    enum: Type.Enum(modes),
    union: Type.Union(modes.map((mode) => Type.Literal(mode))),
    alone: Type.Literal('fast'),
    numbers: Type.Unsafe({ enum: [1, 2], description: 'how many' }),
  });
  const problems = check(
    { ...kind, schema: listed, checks: [] },
    { enum: 'fsat', union: 'fsat', alone: 'x', numbers: 3 },
  );
  assert.deepEqual(
    problems.map(({ path, reason, advice }) => [path, reason, advice]),
    [
      ['enum', 'must be one of "fast", "careful"', 'did you mean fast? values are fast, careful'],
      ['union', 'must be one of "fast", "careful"', 'did you mean fast? values are fast, careful'],
      ['alone', 'must be one of "fast"', 'values are fast'],
      ['numbers', 'must be one of 1, 2', 'how many'],
    ],
  );
});

test('semantic checks see each environment as its instances do', () => {
  const document = { ...good, environments: { production: { limits: { dayCents: 50 } } } };
  assert.deepEqual(check(kind, document), [
    {
      environments: ['production'],
      path: 'limits.dayCents',
      value: 50,
      reason: 'is below limits.paymentCents, so no full payment could be made',
      advice: 'make it at least 100',
    },
  ]);
});

test('any JSON is judged, never thrown at', () => {
  fc.assert(
    fc.property(anyObject, (document) => {
      assert.ok(check(kind, document).length > 0);
    }),
  );
});
