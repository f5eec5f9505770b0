import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld, managed, quickPolicy } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';
import { newRelease } from '../config/release.ts';
import { newRollout, step } from '../rollout/machine/machine.ts';
import { newKeyPair, signerEd25519 } from '../rollout/signed/signature.ts';
import { sign } from '../rollout/signed/signed.ts';
import { readJournal, verifyJournal } from './store/journal.ts';
import { insertRelease } from './store/releases.ts';
import { insertRollout } from './store/rollouts.ts';

const world = await controlWorld();
const { url } = await world.startControl('control-1');
const { people } = world;
const { testing, fleet } = await world.startFleet(2);

test('R2: a release pushed by SQL straight into the store is offered to nobody, and undo clears it away', async () => {
  const mallory = signerEd25519('control-key', newKeyPair().privateKey);
  const release = newRelease({
    service: 'shop',
    schema: managed.kind.id,
    sequence: 1,
    content: { limit: 666 },
    parent: null,
    author: 'mallory',
    reason: 'straight to production',
    createdAt: Date.now(),
  });
  const { database } = world;
  await insertRelease(database, release, mallory);
  const draft = newRollout({
    id: 'shop-1',
    hash: release.hash,
    undoTo: null,
    author: 'mallory',
    policy: quickPolicy,
  });
  const { state: submitted } = step(
    draft,
    {
      type: 'submit',
      testing: [{ instance: 'test-1', cell: 'a' }],
      target: fleet.map(({ name }) => ({ instance: name, cell: 'a' })),
      traffic: { rps: 1, probes: 1, deadlineMs: 1_000, lagMs: 500, maxWaitingPerInstance: 4 },
    },
    Date.now(),
  );
  const instances = Object.fromEntries(
    Object.entries(submitted.instances).map(([name, progress]) => [
      name,
      { ...progress, has: 'offered' as const, sentAt: 0, leaseUntil: null },
    ]),
  );
  const state = {
    ...submitted,
    instances,
    phase: { at: 'wave', wave: 0, openedAt: Date.now(), since: null } as const,
  };
  await insertRollout(database, { state, service: 'shop', sequence: 1, now: Date.now() });
  // Leaders read what is under way when their term begins, and when anything changes.
  await world.call('POST', '/rollouts/shop-1/promote', { body: {} });
  const undone = await world.call('POST', '/undo', { body: { rollout: 'shop-1', reason: 'what is that?' } });
  assert.equal(undone.status, 200, JSON.stringify(undone.body));
  await until('it is over', async () => (await world.rollout('shop-1')).phase !== 'wave');
  assert.ok(fleet.every((agent) => !agent.switchedAt.has(release.hash)));
  const { rows } = await database.query(`select from control.assignment where action = 'offer'`);
  assert.equal(rows.length, 0);
});

test('R2: receipts that nobody trusted signed, for another instance or from production, count for nothing', async () => {
  const stranger = signerEd25519('key-of-test-1', newKeyPair().privateKey);
  const body = {
    kind: 'imara.receipt/1' as const,
    service: 'shop',
    hash: 'sha256:wanted',
    environment: 'testing',
    instance: 'test-1',
    verdict: 'passed' as const,
    payments: 9,
    issuedAt: Date.now(),
    expiresAt: Date.now() + 60_000,
  };
  testing.tell({ type: 'receipt', receipt: sign(body, stranger) });
  fleet[0]?.tell({ type: 'receipt', receipt: sign({ ...body, instance: 'api-1' }, stranger) });
  await until('both are noted as invalid', async () => {
    const rows = await readJournal(world.database, { limit: 1_000 });
    return rows.filter(({ kind }) => kind === 'receipt.invalid').length === 2;
  });
  const { rows } = await world.database.query('select from control.receipt');
  assert.equal(rows.length, 0);
});

test('text that no database or canonical form can hold does not stop the leader', async () => {
  const cause = 'nul \u0000, half a pair \ud83d, quote ", line\u2028';
  fleet[0]?.tell({ type: 'not_proved', rollout: 'shop-1', cause });
  await until('it is in the journal', async () => {
    const rows = await readJournal(world.database, { limit: 1_000 });
    return rows.some(({ kind }) => kind === 'agent.not_proved');
  });
  assert.equal((await verifyJournal(world.database)).ok, true);
});

test('a change that JSON cannot mean, or no store can hold, is refused by its key', async () => {
  const bodies: [string, RegExp][] = [
    ['{"change": {"__proto__": {"limit": 1}}, "reason": "r"}', /"path":"__proto__".*is not a key here/],
    ['{"change": {"constructor": {"prototype": {}}}, "reason": "r"}', /"constructor".*is not a key here/],
    ['{"change": {"limit": 1e400}, "reason": "r"}', /"path":"limit".*is not a number/],
    ['{"change": {"greeting": "\\u0000"}, "reason": "r"}', /"path":"greeting".*U\+0000/],
    ['{"change": {"greeting": "\\ud800"}, "reason": "r"}', /"path":"greeting".*Unicode/],
    [
      `{"change": ${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}, "reason": "r"}`,
      /nested more than 32 deep/,
    ],
    ['{"change": {"greetnig": null}, "reason": "r"}', /so null deletes nothing.*did you mean greeting/],
    ['{"change": {"limit": null}, "reason": "r"}', /is deleted by this change/],
  ];
  for (const [body, expected] of bodies) {
    const response = await fetch(`${url}/v1/releases`, {
      method: 'POST',
      headers: { authorization: `Bearer ${people.wanjiru.token}`, 'content-type': 'application/json' },
      body,
    });
    assert.equal(response.status, 422, body.slice(0, 60));
    assert.match(await response.text(), expected);
  }
  assert.equal('limit' in {}, false);
  const { status, body } = await world.call('GET', '/config?environment=prodution');
  assert.equal(status, 404);
  assert.match(JSON.stringify(body), /did you mean production\?/);
});

test('text that cannot be kept as it was sent is refused in every way in: body, query, path', async () => {
  const call = async (method: string, path: string, body?: string | Buffer) => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${people.wanjiru.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    const { error } = (await response.json()) as { error: { code: string } };
    return [response.status, error.code];
  };
  const refused = [400, 'invalid_request'];
  const push = (reason: string) => `{"change": {"limit": 7}, "reason": ${reason}}`;
  for (const reason of ['"a\\u0000"', '"\\u001b[2J"', '"\\b"', '"a\\ud800"', '"\u0085"']) {
    assert.deepEqual(await call('POST', '/releases', push(reason)), refused, reason);
  }
  assert.deepEqual(await call('POST', '/releases', Buffer.from(push('"caf\u00e9"'), 'latin1')), refused);
  const deep = `{"x": ${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}, "change": {}, "reason": "r"}`;
  assert.deepEqual(await call('POST', '/releases', deep), refused);
  for (const path of [
    '/rollouts/a%00b',
    '/rollouts/%1b',
    '/rollouts/%ff',
    '/config?environment=%00',
    '/journal?kind=a%00',
  ]) {
    assert.deepEqual(await call('GET', path), refused, path);
  }
});

test('after all of that a change goes through', async () => {
  const pushed = await world.push({ limit: 7 });
  assert.equal(pushed.status, 201, JSON.stringify(pushed.body));
  await world.reaches('shop-2', 'proved');
});

test('R2: a receipt that says "failed" says why, to whoever pushed', async () => {
  testing.testFault = 'a push ended with result 2';
  await world.push({ limit: 8 });
  const { because } = await world.reaches('shop-3', 'rolled_back');
  assert.match(because ?? '', /test-1 says that it failed in testing: a push ended with result 2/);
});
