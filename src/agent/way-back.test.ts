import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inRing, lent, together } from '../../test/agent/together.ts';
import { until } from '../../test/until.ts';
import { Deadline } from '../platform/deadline.ts';
import { rateAgent } from './fixtures/service.ts';
import { askStatus, undoHere } from './local/client.ts';

describe('the way back of an agent', { concurrency: 4 }, () => {
  test('R5: without renewals the instance goes back by itself, and says so when control is back', async () => {
    const { control, agent } = await together();
    const { release } = await lent(control, agent, { rate: 7 });
    await control.told('taken');
    await control.stop();
    await until('it is back', () => agent.current().hash === null);
    assert.deepEqual(agent.current().live, { rate: 1 });
    await control.start();
    assert.equal((await control.told('lease_lost')).hash, release.hash);
    assert.equal((await control.told('back')).from, release.hash);
  });

  test('R5: renewals keep it, and once proved the loss of control moves nothing', async () => {
    const { control, agent } = await together({}, { leaseMs: 2_500 });
    const first = await lent(control, agent, { rate: 7 });
    const lentAt = Date.now();
    await until('two leases have passed', () => Date.now() - lentAt > 5_000);
    assert.equal(agent.current().hash, first.release.hash);
    agent.recordProbe('good');
    control.prove(first);
    await control.told('in_ring');
    const { hash } = agent.current();
    await control.stop();
    const stoppedAt = Date.now();
    await until('two leases have passed', () => Date.now() - stoppedAt > 5_000);
    assert.equal(agent.current().hash, hash);
    await control.start();
  });

  test('R6: undo by the stream goes back to the object that stayed warm, and holds over a boot', async () => {
    const { control, agent, directory } = await together();
    await inRing(control, agent, { rate: 7 });
    const good = agent.current();
    const { release, rollout } = await lent(control, agent, { rate: 8 });
    control.undo({ rollout, from: release.hash, to: null });
    await control.told('back');
    assert.equal(agent.current().live, good.live, 'the very same object');
    await agent.close();
    const next = await rateAgent({ directory, control });
    assert.deepEqual(next.current().live, { rate: 7 });
    await next.close();
  });

  test('R6: undo over the local socket works with control dead, and control learns of it later', async () => {
    const { control, agent, directory } = await together();
    await inRing(control, agent, { rate: 7 });
    await inRing(control, agent, { rate: 8 });
    await control.stop();
    const status = await askStatus(directory);
    assert.ok(status.ok && status.value.running !== null);
    assert.equal(status.value.ring.length, 2);
    const order = { by: 'wanjiru', from: status.value.running, to: null };
    const undone = await undoHere(directory, order, Deadline.in(5_000));
    assert.ok(undone.ok, 'reason' in undone ? undone.reason : '');
    assert.deepEqual(agent.current().live, { rate: 7 });
    await undoHere(directory, order, Deadline.in(5_000));
    assert.deepEqual(agent.current().live, { rate: 7 }, 'given twice it undoes once');
    await control.start();
    assert.equal((await control.told('undo_ordered_here')).by, 'wanjiru');
  });

  test('R6: undo does not wait for a taste or an apply that hangs', async () => {
    const { control, agent } = await together({
      apply: ({ rate }) => (rate === 9 ? new Promise(() => {}) : { rate }),
      limits: { switchMs: 60_000 },
    });
    const tasting = control.offer(control.release({ rate: 5, behave: 'hang' }));
    await until('it is tasted', () => agent.status().phase === 'tasting', { everyMs: 10 });
    control.undo({ rollout: tasting.rollout, from: tasting.release.hash, to: null });
    await until('it is steady', () => agent.status().phase === 'steady', { everyMs: 10 });
    const applying = control.offer(control.release({ rate: 9 }));
    await until('it is applied', () => agent.status().phase === 'switching', { everyMs: 10 });
    control.undo({ rollout: applying.rollout, from: applying.release.hash, to: null });
    await until('it is steady', () => agent.status().phase === 'steady', { everyMs: 10 });
    assert.equal(agent.current().hash, null);
  });

  test('R6: undo does not wait for a boot that hangs', async () => {
    const { control, agent, directory } = await together();
    await inRing(control, agent, { rate: 7 });
    const { release } = await inRing(control, agent, { rate: 8 });
    await agent.close();
    const booting = rateAgent({
      directory,
      control,
      apply: ({ rate }) => (rate === 8 ? new Promise(() => {}) : { rate }),
      limits: { switchMs: 60_000 },
    });
    await until('its socket is open', async () => (await askStatus(directory)).ok);
    await undoHere(directory, { by: 'wanjiru', from: release.hash, to: null }, Deadline.in(5_000));
    const next = await booting;
    assert.deepEqual(next.current().live, { rate: 7 });
    await next.close();
  });

  test('R6: a way back whose object cannot be built within its time ends the process', async () => {
    let restarts = 0;
    let hangs = false;
    const { control, agent } = await together({
      apply: ({ rate }) => (hangs ? new Promise(() => {}) : { rate }),
      limits: { switchMs: 500 },
      restart: () => {
        restarts += 1;
      },
    });
    await inRing(control, agent, { rate: 7 });
    const { release } = await inRing(control, agent, { rate: 8 });
    hangs = true;
    control.undo({ rollout: null, from: release.hash, to: null });
    await until('it asks to be ended', () => restarts > 0);
  });
});
