import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { newRelease, type Release } from '../../../src/config/release.ts';
import { activeRollout } from '../../../src/control/leader/memory/active-rollout.ts';
import type { Decision } from '../../../src/control/leader/ports.ts';
import type { Step } from '../../../src/control/leader/turn/decide.ts';
import { newRollout } from '../../../src/rollout/machine/machine.ts';
import type { RolloutEffect, RolloutPhase, RolloutState } from '../../../src/rollout/machine/state.ts';
import type { Receipt } from '../../../src/rollout/signed/receipt.ts';
import { quickPolicy } from '../../../test/control/world.ts';
import { until } from '../../../test/until.ts';
import { type Ground, inPostgres, NOW, SERVICE, simulated } from './grounds.ts';
import { adopting, approvalOf, commandOf, heardOf, judgedAs, prove, receiptOf } from './samples.ts';

/**
 * The same assertions over the leader's store in PostgreSQL and over the simulated one: what the simulator
 * finds, or does not find, is worth something only where these two do the same.
 */
let sequence = 0;
let parent: string | null = null;
let fence = 0;

beforeEach(() => {
  sequence = 0;
  parent = null;
});

for (const [where, ground] of [
  ['in PostgreSQL', inPostgres],
  ['simulated', simulated],
] as const) {
  const on = (what: string, check: (ground: Ground) => Promise<void>) =>
    test(`a leader’s store ${where}: ${what}`, async () => {
      const made = await ground();
      fence = (await made.election.claim({ holder: 'a', url: 'http://a', ms: 600_000 })) ?? -1;
      await check(made);
    });

  on('one holds the term, and whoever takes it over has a higher fence', async ({ election }) => {
    const b = { holder: 'b', url: 'http://b', ms: 600_000 };
    assert.equal(await election.claim({ holder: 'a', url: 'http://a', ms: 600_000 }), fence, 'renewed');
    assert.equal(await election.claim(b), undefined);
    const held = await election.leader();
    assert.deepEqual([held?.holder, held?.url], ['a', 'http://a']);
    await election.giveBack({ holder: 'a', fence: fence - 1 });
    assert.equal(await election.claim(b), undefined, 'another term was given back');
    await election.giveBack({ holder: 'a', fence });
    const next = (await election.claim({ ...b, ms: 1 })) ?? -1;
    assert.ok(next > fence);
    const last = await until('the term is over', () => election.claim({ holder: 'a', url: '', ms: 600_000 }));
    assert.ok(last > next);
  });

  on('R18: a fence is given once, also by a store that has forgotten that it gave it', async (at) => {
    await at.election.giveBack({ holder: 'a', fence });
    const forgotten = await at.election.claim({ holder: 'b', url: '', ms: 600_000 });
    await at.putBack(fence);
    // Time goes on meanwhile, as it does when a store is put back.
    const again = await until('a ms is over', async () => {
      const now = Date.now();
      return now > (forgotten ?? 0) && now;
    });
    const next = (await at.election.claim({ holder: 'c', url: '', ms: 600_000 })) ?? -1;
    assert.notEqual(next, forgotten);
    assert.ok(next >= again);
  });

  on('whoever does not lead, or has read something older, writes nothing', async (at) => {
    const { id } = await rollout(at, { at: 'draft' });
    const undo: RolloutEffect = { type: 'undo', instance: 'api-1', from: 'x', to: null };
    const moved = await step(at, id, { at: 'rolling_back', reason: '' }, [undo]);
    await assert.rejects(at.leader.commit({ ...decision([moved]), fence: fence - 1 }), { name: 'Deposed' });
    const stale = { ...moved, active: { ...moved.active, version: moved.active.version - 1 } };
    await assert.rejects(at.leader.commit(decision([stale])), { name: 'StaleRollout' });
    const judgement = { service: SERVICE, state: judgedAs('r-9'), now: NOW };
    await assert.rejects(at.leader.keepJudgement(fence - 1, judgement), { name: 'Deposed' });
    assert.equal((await at.leader.findRollout(id))?.state.phase.at, 'draft');
    const { words, judgements } = await takeOver(at);
    assert.deepEqual([words.length, judgements.size], [0, 0]);
  });

  on('a step is read back as it was written, one version on', async (at) => {
    const { id } = await rollout(at, { at: 'draft' });
    const moved = await step(at, id, { at: 'aborted', reason: 'enough' });
    await at.leader.commit({ ...decision([{ ...moved, backTo: 'sha256:x' }]), now: NOW + 5 });
    const read = await at.leader.findRollout(id);
    assert.deepEqual(read?.state, { ...moved.folded.state });
    assert.deepEqual([read?.version, read?.backTo], [moved.active.version + 1, 'sha256:x']);
    assert.equal(read?.updatedAt.getTime(), NOW + 5);
    assert.deepEqual([read?.service, read?.sequence, read?.author], [SERVICE, 1, 'wanjiru']);
    assert.equal(await at.leader.findRollout('r-99'), undefined);
  });

  on('R2: an offer to production needs a passed receipt of testing that has not expired', async (at) => {
    const { id, hash } = await rollout(at, { at: 'testing', deadlineAt: 0 });
    const offer = (instance: string): RolloutEffect => {
      return { type: 'offer', instance, leaseMs: 1_000, breakGlass: false, attempt: 1 };
    };
    const assigned = async (instance: string, ...receipts: Decision['receipts']) => {
      const moved = await step(at, id, { at: 'testing', deadlineAt: 0 }, [offer(instance)]);
      const words = await at.leader.commit({ ...decision([moved]), receipts });
      return words.map((word) => word.instance);
    };
    assert.deepEqual(await assigned('test-1'), ['test-1'], 'to testing');
    assert.deepEqual(await assigned('api-1'), [], 'without any');
    assert.deepEqual(await assigned('api-1', receiptOf(hash, { verdict: 'failed' })), [], 'that failed');
    assert.deepEqual(await assigned('api-1', receiptOf(hash, { environment: 'production' })), []);
    assert.deepEqual(await assigned('api-1', receiptOf('sha256:another')), [], 'of another');
    assert.deepEqual(await assigned('api-1', receiptOf(hash, { expiresAt: NOW - 1 })), [], 'expired');
    assert.deepEqual(await assigned('api-1', receiptOf(hash)), ['api-1']);
    const { words } = await takeOver(at);
    assert.deepEqual(words.map((word) => word.instance).toSorted(), ['api-1', 'test-1']);
  });

  on('the last word for each instance stands, each with a higher order', async (at) => {
    const { id, hash } = await rollout(at, { at: 'proved' });
    const undo: RolloutEffect = { type: 'undo', instance: 'api-1', from: hash, to: null };
    assert.equal(await at.leader.highestOrder(), 0);
    const first = await at.leader.commit(
      decision([await step(at, id, { at: 'proved' }, [undo, prove('api-2')])]),
    );
    const second = await at.leader.commit(
      decision([await step(at, id, { at: 'proved' }, [undo, prove('api-1')])]),
    );
    assert.deepEqual(first.map(({ action }) => action).toSorted(), ['proof', 'undo']);
    assert.deepEqual(
      second.map(({ action }) => action),
      ['proof'],
    );
    const orders = [...first, ...second].map(({ order }) => order);
    assert.deepEqual(
      orders.toSorted((a, b) => a - b),
      [1, 2, 3],
    );
    assert.equal(await at.leader.highestOrder(), 3);
    const { words } = await takeOver(at);
    assert.equal(words.find(({ instance }) => instance === 'api-1')?.order, 3);
  });

  on('R18: orders go on above one that the fleet knows', async (at) => {
    await at.leader.commit({ ...decision([]), raiseTo: 41 });
    assert.equal(await at.leader.highestOrder(), 41);
    const { id } = await rollout(at, { at: 'proved' });
    const [word] = await at.leader.commit(decision([await step(at, id, { at: 'proved' }, [prove('api-1')])]));
    assert.equal(word?.order, 42);
    await at.leader.commit({ ...decision([]), raiseTo: 7 });
    assert.equal(await at.leader.highestOrder(), 42);
  });

  on('a command is open from when it is kept to when it is done, once', async (at) => {
    const [one, two] = [commandOf('one'), commandOf('two')];
    for (const each of [one, one, two]) await at.leader.keepCommand(each, NOW);
    assert.deepEqual(await at.leader.openCommands(), [one, two]);
    await at.leader.commit({
      ...decision([]),
      commands: [{ command: one, result: { ok: true, rollouts: [] } }],
    });
    await at.leader.keepCommand(one, NOW);
    assert.deepEqual(await at.leader.openCommands(), [two]);
  });

  on('how far each log is stored, and how many were there of late', async (at) => {
    const acknowledged = { service: SERVICE, instance: 'api-1', log: 'x', acknowledged: 3 };
    await at.leader.commit({ ...decision([]), heard: [acknowledged] });
    await at.leader.commit({ ...decision([]), heard: [{ ...acknowledged, acknowledged: 5 }] });
    assert.deepEqual((await takeOver(at)).acknowledged, [{ ...acknowledged, acknowledged: 5 }]);
    assert.equal((await takeOver(at)).expected, 0);
    await at.heard([heardOf('api-1', NOW), heardOf('api-2', NOW - 60_000), heardOf('api-3', NOW - 700_000)]);
    assert.equal((await takeOver(at)).expected, 2);
    await at.heard([heardOf('api-1', NOW - 60_000), heardOf('api-3', NOW)]);
    assert.equal((await takeOver(at)).expected, 3);
  });

  on('the latest judgement stands, without which process was started when', async (at) => {
    const state = judgedAs('r-1');
    await at.leader.keepJudgement(fence, { service: SERVICE, state, now: NOW + 10 });
    await at.leader.keepJudgement(fence, { service: SERVICE, state: judgedAs('r-0'), now: NOW });
    const known = (await takeOver(at)).judgements.get(SERVICE);
    assert.deepEqual(known, { state: { ...state, boots: {} }, writtenAt: NOW + 10 });
  });

  on('only freezes that are not over hold', async (at) => {
    const later = { id: 'later', from: NOW + 10_000, to: NOW + 20_000 };
    const now = { id: 'now', from: NOW, to: NOW + 5_000 };
    for (const freeze of [later, now, { id: 'past', from: NOW - 10, to: NOW }]) await at.freeze(freeze);
    assert.deepEqual(await at.leader.freezes(NOW), [now, later]);
  });

  on('what is proved comes into force, and goes with its undo to what was proved before', async (at) => {
    const first = await rollout(at, { at: 'proved' });
    await at.current(first.id);
    const undone = await rollout(at, { at: 'rolled_back', reason: '' });
    const last = await rollout(at, { at: 'bake', wave: 0, openedAt: 0, since: 0 });
    await at.leader.commit(decision([await step(at, last.id, { at: 'proved' })]));
    assert.deepEqual(await inForce(at), [last.id]);
    // It leads to what was undone itself, and so on to what that one followed.
    assert.equal(last.undoTo, undone.hash);
    await at.leader.commit(decision([await step(at, last.id, { at: 'rolling_back', reason: '' })]));
    assert.deepEqual(await inForce(at), [first.id]);
    await at.leader.commit(decision([await step(at, first.id, { at: 'rolling_back', reason: '' })]));
    assert.deepEqual(await inForce(at), []);
  });

  on('an undo that names where to goes there', async (at) => {
    const first = await rollout(at, { at: 'proved' });
    await rollout(at, { at: 'proved' });
    const last = await rollout(at, { at: 'proved' });
    await at.current(last.id);
    const back = await step(at, last.id, { at: 'rolling_back', reason: '' });
    await at.leader.commit(decision([{ ...back, backTo: first.hash }]));
    assert.deepEqual(await inForce(at), [first.id]);
  });

  on(
    'what is under way is to be stepped, and drafts; the release in force only beside drafts',
    async (at) => {
      const proved = await rollout(at, { at: 'proved' });
      await at.current(proved.id);
      assert.deepEqual(await active(at), [proved.id]);
      const draft = await rollout(at, { at: 'draft' });
      assert.deepEqual(await active(at), [proved.id, draft.id]);
      const open = await rollout(at, { at: 'rolling_back', reason: '' });
      assert.deepEqual(await active(at), [draft.id, open.id]);
    },
  );

  on('what was undone is to be stepped for whoever serves with it', async (at) => {
    const UNDONE: RolloutPhase = { at: 'rolled_back', reason: '' };
    const again = await rollout(at, UNDONE, 7);
    const target = await rollout(at, UNDONE);
    const other = await rollout(at, UNDONE);
    await at.leader.commit(decision([{ ...(await step(at, other.id, UNDONE)), backTo: target.hash }]));
    const inForce = await rollout(at, { at: 'proved' });
    await at.current(inForce.id);
    assert.deepEqual(await active(at), [inForce.id]);
    assert.deepEqual(await active(at, other, inForce), [other.id, inForce.id]);
    assert.deepEqual(await active(at, target), [inForce.id], 'an undo was told to lead there');
    assert.deepEqual(await active(at, again), [again.id, inForce.id]);
    const same = await rollout(at, { at: 'proved' }, 7);
    assert.equal(same.hash, again.hash);
    assert.deepEqual(await active(at, again), [inForce.id], 'the same content was proved since');
    await at.current(same.id);
    assert.deepEqual(await active(at, again), [same.id], 'and is in force');
  });

  on('of what is served it says which the store knows, and which was proved', async (at) => {
    const proved = await rollout(at, { at: 'proved' }, 7);
    await rollout(at, { at: 'rolled_back', reason: '' }, 7);
    const undone = await rollout(at, { at: 'rolled_back', reason: '' }, 8);
    await rollout(at, { at: 'proved' }, 9);
    const served = [proved.hash, undone.hash, 'sha256:unknown'].map((hash) => ({ service: SERVICE, hash }));
    const { fates } = await at.leader.rollouts([...served, { service: 'another', hash: proved.hash }]);
    assert.deepEqual(Object.fromEntries(fates), { [proved.hash]: 'proved', [undone.hash]: 'not_proved' });
  });

  on('what went back of late is known to the next leader, newest first', async (at) => {
    const [one, two, old] = [
      await rollout(at, { at: 'draft' }),
      await rollout(at, { at: 'draft' }),
      await rollout(at, { at: 'draft' }),
    ];
    const end = async ({ id }: { id: string }, phase: RolloutPhase, now: number) =>
      at.leader.commit({ ...decision([await step(at, id, phase)]), now });
    await end(old, { at: 'aborted', reason: '' }, NOW - 1_000);
    await end(one, { at: 'aborted', reason: '' }, NOW + 1);
    await end(two, { at: 'rolled_back', reason: '' }, NOW + 2);
    const { ended } = await at.leader.takeOver({ endedSince: NOW });
    assert.deepEqual(
      ended.map(({ id }) => id),
      [two.id, one.id],
    );
  });

  on('an offer carries what people and testing said of it, each once and the last', async (at) => {
    const { id, hash, release } = await rollout(at, { at: 'awaiting_approval', deadlineAt: 0 });
    const failed = receiptOf(hash, { verdict: 'failed', issuedAt: NOW - 5 });
    const passed = receiptOf(hash);
    const other = receiptOf(hash, { instance: 'test-2' });
    const receipts = [passed, failed, other, receiptOf(hash, { instance: 'test-3', expiresAt: NOW - 1 })];
    const approvals = [approvalOf(id, hash, 'amina')];
    await at.leader.commit({ ...decision([]), receipts, approvals });
    const more = [approvalOf(id, hash, 'baraka'), approvalOf('r-99', hash, 'baraka')].slice(0, 1);
    await at.leader.commit({ ...decision([]), receipts: [passed], approvals: [...approvals, ...more] });
    const stored = await at.leader.findRollout(id);
    assert.ok(stored);
    const offered = await at.leader.offered(stored, NOW);
    assert.deepEqual(offered?.release, release);
    assert.equal(offered?.undoTo, null);
    assert.deepEqual(offered?.approvals, [...approvals, ...more]);
    assert.deepEqual(offered?.receipts.toSorted(byInstance), [passed, other]);
  });

  on('R18: what the fleet shows comes into force under its own name, or one of the epoch', async (at) => {
    const before = await rollout(at, { at: 'proved' });
    await at.current(before.id);
    const shown = releaseOf(7, { parent: before.hash, limit: 70 });
    await at.leader.commit({ ...decision([]), adopting: adopting(shown, 'r-7', before.hash) });
    assert.deepEqual(await inForce(at), ['r-7']);
    const row = await at.leader.findRollout('r-7');
    assert.deepEqual([row?.sequence, row?.state.hash, row?.state.phase.at], [7, shown.hash, 'proved']);
    const approvals = row === undefined ? undefined : (await at.leader.offered(row, NOW))?.approvals;
    assert.deepEqual(
      approvals?.map(({ body }) => body.person),
      ['amina'],
    );
    const taken = releaseOf(3, { parent: before.hash, limit: 30 });
    await at.leader.commit({ ...decision([]), raiseTo: 5, adopting: adopting(taken, 'r-7', before.hash) });
    assert.deepEqual(await inForce(at), [`${SERVICE}-e2-8`]);
    const named = await at.leader.findRollout(`${SERVICE}-e2-8`);
    assert.deepEqual([named?.sequence, named?.state.hash], [8, taken.hash]);
    assert.deepEqual(named && (await at.leader.offered(named, NOW))?.approvals, []);
  });
}

function releaseOf(number: number, { parent, limit }: { parent: string | null; limit: number }): Release {
  return newRelease({
    service: SERVICE,
    schema: 'platform/1',
    sequence: number,
    content: { limit },
    parent,
    author: 'wanjiru',
    reason: 'a test',
    createdAt: NOW,
  });
}

/**
 * In this phase, of a release that follows the one before; by default its content is another than all
 * before.
 */
async function rollout(at: Ground, phase: RolloutPhase, limit?: number) {
  sequence += 1;
  const id = `r-${sequence}`;
  const release = releaseOf(sequence, { parent, limit: limit ?? sequence + 100 });
  const { hash } = release;
  const undoTo = parent;
  const state = { ...newRollout({ id, hash, undoTo, author: 'wanjiru', policy: quickPolicy }), phase };
  await at.insert(state, release, NOW + sequence);
  parent = hash;
  return { id, hash, undoTo, release };
}

async function step(
  at: Ground,
  id: string,
  phase: RolloutPhase,
  effects: RolloutEffect[] = [],
): Promise<Step> {
  const stored = await at.leader.findRollout(id);
  assert.ok(stored);
  const active = activeRollout(stored, null, NOW);
  const each = { cell: 'c', since: NOW };
  const instances = Object.fromEntries(
    effects.flatMap((effect) =>
      'instance' in effect && effect.instance.startsWith('test-')
        ? [[effect.instance, { ...each, environment: 'testing' as const, has: 'old' as const }]]
        : [],
    ),
  ) as unknown as RolloutState['instances'];
  return { active, folded: { state: { ...active.state, phase, instances }, effects }, backTo: stored.backTo };
}

function decision(steps: readonly Step[]): Decision {
  return {
    steps,
    fence,
    leader: 'a',
    now: NOW,
    commands: [],
    approvals: [],
    receipts: [],
    notes: [],
    claims: [],
    heard: [],
    raiseTo: null,
    adopting: null,
    judgement: {
      service: SERVICE,
      judged: { state: judgedAs(null), raised: [], cleared: [] },
      before: undefined,
    },
  };
}

const takeOver = ({ leader }: Ground) => leader.takeOver({ endedSince: 0 });

async function inForce({ leader }: Ground): Promise<string[]> {
  return (await leader.rollouts([])).inForce.map(({ id }) => id);
}

async function active({ leader }: Ground, ...served: { hash: string }[]): Promise<string[]> {
  const asked = served.map(({ hash }) => ({ service: SERVICE, hash }));
  return (await leader.rollouts(asked)).active.map(({ id }) => id);
}

function byInstance(a: { body: Receipt }, b: { body: Receipt }): number {
  return a.body.instance < b.body.instance ? -1 : 1;
}
