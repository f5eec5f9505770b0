import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { schemaReasons } from './schema-reasons.ts';

const schema = Type.Object(
  {
    behaviour: Type.Optional(Type.Enum(['pays', 'waits'])),
    role: Type.Optional(Type.Union([Type.Literal('viewer'), Type.Literal('editor')])),
    balance: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^[0-9]+$' })])),
    pin: Type.Optional(Type.String({ pattern: '^[0-9]{4}$' })),
  },
  { additionalProperties: false },
);
const compiled = Compile(schema);

test('a reason names the key, lists what may stand there, and says each fault once', () => {
  const cases: [given: object, says: string][] = [
    [{ behaviour: 'pay' }, '/behaviour is none of its values: values are pays, waits, not pay'],
    [{ role: 'admin' }, '/role is none of its values: values are viewer, editor, not admin'],
    [{ pins: '1' }, '/pins is not a key here: keys are behaviour, role, balance, pin, not pins'],
    [{ balance: -1 }, '/balance must match a schema in anyOf'],
    [
      { pin: 'x', role: 1 },
      '/role is none of its values: values are viewer, editor, not 1; /pin must match pattern "^[0-9]{4}$"',
    ],
  ];
  for (const [given, says] of cases) {
    const choices = (what: string, known: readonly string[], name: unknown) =>
      `${what} are ${known.join(', ')}, not ${String(name)}`;
    assert.equal(schemaReasons(schema, given, compiled.Errors(given), choices), says);
  }
});
