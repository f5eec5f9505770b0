import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { errorFields } from '../../../test/mpesa/error-fields.ts';
import { startMpesaApi } from '../../../test/mpesa/mpesa-api.ts';
import { catalogue } from '../catalogue.ts';
import type { Operation, Product } from './define-product.ts';
import { refusal } from './errors/forms.ts';

/** What every descriptor says of its fields is held here, for each operation that reads a body. */
const api = await startMpesaApi();
const products: readonly Product[] = catalogue;
const reading = products.flatMap(({ name, family, operations }) =>
  Object.entries(operations)
    .filter(([, { request }]) => request.names.length > 0)
    .map(([key, operation]) => ({ id: `${name}.${key}`, family, operation })),
);

type Body = Record<string, unknown>;

/** A text or a list of no object's shape, or an object where a text is read. */
const wrongFor = (schema: Type.TSchema) => (Type.IsObject(schema) || Type.IsArray(schema) ? 7 : { x: 1 });

/** Digits as text and as number; undefined: the field has no twin. */
function twin(value: unknown): string | number | undefined {
  if (typeof value === 'number') return String(value);
  const isNumber = typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value);
  return isNumber ? Number(value) : undefined;
}

/** Status, code and text. */
async function answer(operation: Operation<never>, body: unknown) {
  return errorFields(await api.post(operation.paths[0], body));
}

for (const { id, family, operation } of reading) {
  const sample = operation.sample as Body;
  const invalid = (field: string) => {
    const { status, body } = refusal(family, 'invalidField', field);
    return errorFields({ status, body: JSON.parse(body) });
  };
  const { properties } = operation.request.schema;

  test(`${id}: its sample has all that must be there, and every field is right, as text and as number`, async () => {
    const bodies = Object.entries(sample).flatMap(([name, value]) => {
      const other = twin(value);
      return other === undefined ? [] : [{ ...sample, [name]: other }];
    });
    const refused = operation.request.names.map((name) => JSON.stringify(invalid(name)));
    for (const body of [sample, ...bodies]) {
      const answered = await answer(operation, body);
      assert.ok(!refused.includes(JSON.stringify(answered)), JSON.stringify([body, answered]));
    }
  });

  for (const name of operation.request.names) {
    const schema = properties[name] as Type.TSchema;
    test(`${id}: ${name} that is ${Type.IsOptional(schema) ? '' : 'missing or '}wrong is named`, async () => {
      const { [name]: _, ...without } = sample;
      if (!Type.IsOptional(schema)) assert.deepEqual(await answer(operation, without), invalid(name));
      assert.deepEqual(await answer(operation, { ...sample, [name]: wrongFor(schema) }), invalid(name));
    });
  }
}
