import fc from 'fast-check';
import type { Json, JsonObject } from '../canonical.ts';

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.string({ unit: 'grapheme' }),
);
const key = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('a', 'b', 'c', '__proto__', 'environments'),
);

/** Any JSON; keys repeat often, so that two values share some. */
export const { json: anyJson, object: anyObject } = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
  json: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('json'), { maxLength: 4 }), tie('object')),
  object: fc
    .array(fc.tuple(key, tie('json')), { maxLength: 5 })
    .map((entries): JsonObject => Object.fromEntries(entries)),
}));
