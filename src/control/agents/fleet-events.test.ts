import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../../test/control/world.ts';
import { readJournal, verifyJournal } from '../store/journal.ts';

const world = await controlWorld();
const { url } = await world.startControl('control-1');

const events = [
  {
    id: 'event-001',
    at: '2026-11-23T09:00:00.000Z',
    kind: 'restart_requested',
    data: { reason: 'new kernel' },
  },
  { id: 'event-002', at: '2026-11-23T09:00:01.000Z', kind: 'restart_done', data: { why: null } },
];
const tell = (token: string, told: object[]) =>
  fetch(`${url}/agent/v1/fleet-events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ machine: 'm-1', events: told }),
  });

test('R15: what a supervisor tells is in the journal once, however often it is told', async () => {
  for (const told of [events.slice(0, 1), events, events])
    assert.equal((await tell(world.agentToken, told)).status, 200);
  const rows = (await readJournal(world.database, { limit: 100 })).filter(({ kind }) =>
    kind.startsWith('fleet.'),
  );
  assert.deepEqual(
    rows.map(({ kind, actor }) => [kind, actor]),
    [
      ['fleet.restart_requested', 'supervisor:m-1'],
      ['fleet.restart_done', 'supervisor:m-1'],
    ],
  );
  assert.equal((await verifyJournal(world.database)).ok, true);
});

test('a stranger, and what has another form, is written down by nobody', async () => {
  assert.equal((await tell('stranger', events)).status, 401);
  assert.equal((await tell(world.agentToken, [{ ...events[0], kind: 'Robert; drop' }])).status, 400);
});
