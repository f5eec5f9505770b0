import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetch } from 'undici';
import { controlWorld } from '../../../test/control/world.ts';
import { directoryOperations, operations } from '../contract/operations.ts';

const world = await controlWorld();
const { url } = await world.startControl('control-1');

interface Documented {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; tags: string[]; responses: object }>>;
}

test('the OpenAPI document of control has every operation that is served, and nothing else', async () => {
  const response = await fetch(`${url}/openapi.json`);
  const { openapi, paths } = (await response.json()) as Documented;
  assert.equal(openapi, '3.1.0');
  const found = Object.values(paths).flatMap((methods) => Object.values(methods));
  // This world composes control without the directories of other parts.
  const served = Object.keys(operations).filter((key) => !(key in directoryOperations));
  assert.deepEqual(found.map(({ operationId }) => operationId).toSorted(), served.toSorted());
  for (const { operationId, tags, responses } of found) {
    assert.equal(tags.length, 1, operationId);
    assert.ok('4XX' in responses && '5XX' in responses, operationId);
  }
  assert.ok(Object.keys(paths).every((path) => path.startsWith('/v1/')));
});

test('the reference is read without a token, what it is about is not', async () => {
  assert.equal((await fetch(`${url}/docs`)).status, 200);
  assert.equal((await fetch(`${url}/v1/whoami`)).status, 401);
});
