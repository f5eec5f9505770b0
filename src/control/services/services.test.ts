import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetch } from 'undici';
import { controlWorld } from '../../../test/control/world.ts';
import { agentPaths } from '../../rollout/protocol.ts';
import { keyId, newKeyPair } from '../../rollout/signed/signature.ts';
import { writeInstances } from '../store/instances.ts';

const world = await controlWorld();
const { url } = await world.startControl('control-1');
const definition = {
  service: 'quotes',
  id: 'quotes/1',
  schema: {
    type: 'object',
    required: ['limit'],
    properties: { limit: { type: 'integer', minimum: 1 } },
    additionalProperties: false,
  },
  environments: ['testing', 'production'],
  builtIn: { limit: 3 },
  rollouts: { approvals: 0, firstWave: { instances: 2 } },
};

async function ask(method: string, path: string, body?: object, token = world.people.amina.token) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  });
  return { status: response.status, value: (await response.json()) as Record<string, never> };
}

/** What control says to an agent that asks for its stream: 200 where it may. */
async function stream(service: string, token: string): Promise<number> {
  const query = new URLSearchParams({ service, environment: 'testing', instance: 'q-1', cell: 'cell-1' });
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(5_000)]);
  const { status } = await fetch(`${url}${agentPaths.stream}?${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  gone.abort();
  return status;
}

test('a service that is added is known at once, without a restart, and its changes are checked by its schema', async () => {
  assert.equal(
    (await ask('POST', '/v1/config/validate', { service: 'quotes', change: { limit: 4 } })).status,
    404,
  );
  assert.equal((await ask('POST', '/v1/services', definition)).status, 201);
  const good = await ask('POST', '/v1/config/validate', { service: 'quotes', change: { limit: 4 } });
  assert.deepEqual([good.status, good.value.problems], [200, []]);
  const bad = await ask('POST', '/v1/config/validate', { service: 'quotes', change: { limit: 0 } });
  assert.match(JSON.stringify(bad.value.problems), /limit/);
  assert.match(JSON.stringify((await ask('GET', '/v1/services')).value), /"shop".*"quotes"/);
  assert.equal((await ask('POST', '/v1/services', definition)).status, 200, 'the same again changes nothing');
});

test('whether a change of it can show its evidence is not known before an instance is heard, and that is said', async () => {
  // Of 2,995 good outcomes that this takes, two instances at 4 probes a second bring a few.
  const strict = {
    ...definition,
    rollouts: { ...definition.rollouts, bake: { minMs: 0, deadlineMs: 10_000, excessBadRate: 0.001 } },
  };
  const added = await ask('POST', '/v1/services', strict);
  assert.equal(added.status, 200);
  assert.match(JSON.stringify(added.value.warnings), /no production instance of it is heard/);
  const vitals = { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow: 0 };
  const row = {
    service: 'quotes',
    environment: 'production',
    cell: 'a',
    phase: 'steady',
    running: null,
    good: null,
  };
  const heard = { ...row, rollout: null, vitals, heardAt: Date.now() + 60_000 };
  await writeInstances(world.database, [
    { ...heard, instance: 'q-1' },
    { ...heard, instance: 'q-2' },
  ]);
  const again = await ask('POST', '/v1/services', strict);
  assert.equal(again.status, 422, JSON.stringify(again.value));
  assert.match(
    JSON.stringify(again.value),
    /rollouts\.bake\.deadlineMs 10000 passes before there is evidence: an excessBadRate of 0\.001 takes \d+ good outcomes, and 40 come/,
  );
  assert.deepEqual((await ask('POST', '/v1/services', definition)).value.warnings, []);
});

test('a definition that cannot hold is refused with the reason; who may not approve adds none', async () => {
  const cases: [object, RegExp][] = [
    [{ ...definition, environments: ['production'] }, /testing is missing/],
    [{ ...definition, builtIn: { limit: 0 } }, /builtIn\.limit/],
    [{ ...definition, service: 'shop' }, /built in/],
    [{ ...definition, service: 'Quotes' }, /service/],
    [
      { ...definition, rollouts: { aprovals: 1 } },
      /rollouts\.aprovals .* is not a key here: did you mean approvals/,
    ],
    // No change of it could ever pass.
    [
      { ...definition, rollouts: { approvals: 10 } },
      /rollouts\.approvals 10 is more than the 2 who could approve.*: ask for 2 at most/,
    ],
    [
      { ...definition, rollouts: { firstWave: { deadlineMs: 1_000 } } },
      /rollouts\.firstWave\.deadlineMs 1000 must be >= 10000/,
    ],
    [
      { ...definition, rollouts: { bake: { minMs: 20_000, deadlineMs: 20_000 } } },
      /rollouts\.bake\.deadlineMs 20000 is not 2000 ms above minMs \(20000\): .* or lower minMs/,
    ],
    [{ ...definition, rollouts: { firstWave: { excessBadRate: 1 } } }, /excessBadRate 1 must be <= 0\.5/],
  ];
  for (const [body, reason] of cases) {
    const { status, value } = await ask('POST', '/v1/services', body);
    assert.ok(status >= 400 && status < 500);
    assert.match(JSON.stringify(value), reason);
  }
  assert.equal((await ask('POST', '/v1/services', definition, world.people.wanjiru.token)).status, 403);
});

test('agents of one service do not speak for another, and a key is believed for its own service alone', async () => {
  const made = await ask('POST', '/v1/services/quotes/tokens', {});
  assert.equal(made.status, 201);
  const token = String(made.value.token);
  assert.equal(await stream('quotes', token), 200);
  assert.equal(await stream('shop', token), 403);
  assert.equal(await stream('quotes', world.agentToken), 403);
  assert.equal(await stream('shop', world.agentToken), 200);
  assert.equal(await stream('quotes', 'imara_guessed'), 401);

  const { publicKey } = newKeyPair();
  const key = { instance: 'q-1', environment: 'testing', publicKey };
  assert.equal((await ask('POST', '/v1/services/quotes/keys', key)).status, 201);
  const { trustedKeys } = (await ask('GET', '/v1/services/quotes')).value as never as {
    trustedKeys: { id: string; role: string; owner: string }[];
  };
  const instances = trustedKeys.filter(({ role }) => role === 'instance');
  assert.deepEqual(
    instances.map(({ id, owner }) => [id, owner]),
    [[keyId('instance', publicKey), 'q-1']],
  );
  assert.ok(trustedKeys.some(({ role }) => role === 'control'));

  const again = await ask('POST', '/v1/services/quotes/tokens', { only: true });
  assert.equal(await stream('quotes', token), 401, 'the token before was ended');
  assert.equal(await stream('quotes', String(again.value.token)), 200);
});

test('R15: who added a service, and who made its tokens and keys, is in the journal; the tokens are not', async () => {
  const { rows } = await world.database.query<{ kind: string; actor: string; data: object }>(
    `select kind, actor, data from control.journal where subject = 'quotes' order by sequence`,
  );
  assert.deepEqual(
    rows.map(({ kind, actor }) => `${actor} ${kind}`),
    ['service', 'service', 'service', 'service', 'service_token', 'service_key', 'service_token'].map(
      (what) => `amina operator.${what}`,
    ),
  );
  assert.doesNotMatch(JSON.stringify(rows), /imara_/);
});
