import { type Static, Type } from 'typebox';
import type { JsonObject } from '../fields/field.ts';
import { answers, callbackFaults } from './names.ts';

/**
 * A failure on demand: which requests it meets (`when`), how often, and what becomes of them (`do`). Written
 * by people, in a scenario file or on the command line; checked as a whole before the first request
 * (`check.ts`).
 */
const strict = { additionalProperties: false } as const;
const optional = Type.Optional;

const Duration = (description: string) =>
  Type.String({
    pattern: '^[0-9]{1,6}(ms|s|m|h)$',
    description: `${description}: \`250ms\`, \`5s\`, \`10m\`, \`2h\`.`,
  });

const when = Type.Object(
  {
    product: optional(
      Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
        description:
          'A product of the API, as `npx imara product list` names it, or several. Left out: every one.',
      }),
    ),
    msisdn: optional(
      Type.String({
        pattern: '^[0-9]{1,12}[*]?$',
        description: "A subscriber's number; with `*` at its end, those that begin so.",
      }),
    ),
    shortCode: optional(
      Type.String({ pattern: '^[0-9]{5,7}$', description: 'A short code or till that the request names.' }),
    ),
    reference: optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          'AccountReference, BillRefNumber, or an id that the request names; `*` at its end as above.',
      }),
    ),
    amount: optional(
      Type.String({
        pattern: '^[0-9]{1,9}(-[0-9]{1,9})?$',
        description: 'Whole shillings, or `from-to`, both included.',
      }),
    ),
    header: optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }), Type.String({ maxLength: 200 }), {
        description:
          'Headers of the request with their values, such as `X-Imara-Fault: timeout`. `*` is any value.',
      }),
    ),
  },
  {
    ...strict,
    names: 'conditions',
    description: 'Which requests it meets: those that fulfil every condition. Left out: all of them.',
  },
);

const effects = Type.Object(
  {
    answer: optional(
      Type.Enum([...answers], {
        description: 'What the request is answered in place of being served. Nothing of it is taken.',
      }),
    ),
    answerAfter: optional(
      Duration(
        'The answer is held so long, whichever it is; of `hang`: the connection is cut after it (60s)',
      ),
    ),
    result: optional(
      Type.Union([Type.Integer(), Type.String({ maxLength: 10 })], {
        description: 'What it ends in: a result code of its product, but for 0. No money moves.',
      }),
    ),
    resultAfter: optional(Duration('Nothing is done about it for so long after its acknowledgement')),
    queueTimeout: optional(
      Type.Literal(true, { description: 'It is told to QueueTimeOutURL, and never done.' }),
    ),
    processing: optional(
      Duration('A query says 4999 for so long after the acknowledgement, whatever the result is'),
    ),
    callback: optional(
      Type.Enum([...callbackFaults], {
        description:
          '`lost`: never sent, until `npx imara callbacks resend`. `duplicate`: sent twice. `early`: the acknowledgement is held until it was delivered. `out-of-order`: every other one is held 5s (`callbackAfter`), so that the next overtakes it.',
      }),
    ),
    callbackAfter: optional(Duration('Its callback leaves so much later')),
  },
  { ...strict, minProperties: 1, names: 'effects', description: 'What becomes of the requests it meets.' },
);

export const faultRule = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description: 'Small letters, digits and `-`; one of the same name is replaced.',
    }),
    when: optional(when),
    chance: optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'The share of them that it hits. Left out: all. Which ones follows from the seed.',
      }),
    ),
    by: optional(
      Type.Enum(['turn', 'payment'], {
        description:
          '`turn` (built in): the seed and the number of the request decide, counted over all processes. `payment`: the seed and what it asks, so that the same payment always fares the same.',
      }),
    ),
    times: optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'It ends when it has hit so many.' }),
    ),
    for: optional(Duration('It ends so long after it was set')),
    do: effects,
  },
  { ...strict, names: 'keys of a fault' },
);

export const scenario = Type.Object(
  {
    seed: optional(Type.Integer({ minimum: 0, description: 'What chance is drawn from (1).' })),
    faults: Type.Array(faultRule, {
      minItems: 1,
      maxItems: 100,
      description: 'The first that meets and hits a request has it.',
    }),
  },
  { ...strict, names: 'keys' },
);

export type FaultRule = Static<typeof faultRule>;
export type When = Static<typeof when>;
export type Effects = Static<typeof effects>;
export type Scenario = Static<typeof scenario>;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Of a checked rule: `10m` is 600,000. */
export function milliseconds(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(duration) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? Number.NaN);
}

/** As people write it: YAML takes a number that is not quoted for one, and a number is text to us. */
export function withText(given: JsonObject): JsonObject {
  const { faults } = given;
  if (!Array.isArray(faults)) return given;
  return { ...given, faults: faults.map((rule: unknown) => withTextConditions(rule)) };
}

function withTextConditions(rule: unknown): unknown {
  if (typeof rule !== 'object' || rule === null || !('when' in rule)) return rule;
  const { when } = rule;
  if (typeof when !== 'object' || when === null || Array.isArray(when)) return rule;
  const text = (value: unknown) => (typeof value === 'number' ? String(value) : value);
  return {
    ...rule,
    when: Object.fromEntries(Object.entries(when).map(([key, value]) => [key, text(value)])),
  };
}
