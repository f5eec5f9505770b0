import assert from 'node:assert/strict';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Operation, type OperationKey, partsOf } from '../../src/control/contract/operation.ts';
import { operations } from '../../src/control/contract/operations.ts';
import { ErrorAnswer } from '../../src/control/contract/refusal.ts';

const all = Object.entries(operations).map(([key, operation]: [string, Operation]) => {
  const [method, template] = partsOf(key as OperationKey);
  const path = new RegExp(`^${template.replace(/:\w+/g, '[^/?]+')}(\\?|$)`);
  return { key, method, path, operation };
});
const compiled = new Map<TSchema, ReturnType<typeof Compile>>();

/** Operations that were done before a test's eyes, and answered as they should. */
export const answered = new Set<string>();

/**
 * What control answered, held to its schema: no key is missing, and none is there that the schema does not
 * have.
 */
export function checkAnswer(method: string, path: string, status: number, body: unknown): void {
  const asked = all.find((each) => each.method === method && each.path.test(path));
  if (asked === undefined) return;
  const isDone = status < 300;
  const schema = isDone ? asked.operation.schema.response[status] : ErrorAnswer;
  assert.ok(schema !== undefined, `${asked.key} is not said to answer ${status}`);
  const check = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, check);
  if (!check.Check(body))
    assert.fail(
      `${asked.key} answered ${status} otherwise than its schema says: ${JSON.stringify(check.Errors(body).slice(0, 5))}\n${JSON.stringify(body)}`,
    );
  if (isDone) answered.add(asked.key);
}
