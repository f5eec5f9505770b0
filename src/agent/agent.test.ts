import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inRing, lent, newDirectory, together } from '../../test/agent/together.ts';
import { fakeControl } from '../../test/fake-control.ts';
import { until } from '../../test/until.ts';
import { rateAgent } from './fixtures/service.ts';
import { kind } from './fixtures/tighter-rates.ts';

describe('the agent', { concurrency: 4 }, () => {
  test('R8: with no control and an empty disk it serves with the defaults', async () => {
    const directory = await newDirectory();
    const agent = await rateAgent({
      directory,
      control: { url: 'http://127.0.0.1:9', token: '', trustedKeys: [] },
    });
    assert.deepEqual(agent.current().live, { rate: 1 });
    assert.equal(agent.current().hash, null);
    await agent.close();
  });

  test('R4, R5, R7: a release is tasted, lent, proved, and booted from the ring with control gone', async () => {
    const { control, agent, directory } = await together();
    const before = agent.current();
    const offer = await lent(control, agent, { rate: 7 });
    assert.deepEqual(agent.current().live, { rate: 7 });
    assert.deepEqual(before.live, { rate: 1 }, 'what a request began with stays as it was');
    await control.told('taken');
    agent.recordOutcome('good');
    control.prove(offer);
    await control.told('in_ring');
    await control.stop();
    await agent.close();

    const next = await rateAgent({ directory, control });
    assert.deepEqual(next.current().live, { rate: 7 });
    await next.close();
    await control.start();
  });

  test('R8, R6: a version with tighter bounds boots on what was proved before it, and takes a release with that as its way back', async () => {
    const { control, agent, directory } = await together();
    const { release } = await inRing(control, agent, { rate: 70 });
    await agent.close();
    const next = await rateAgent({
      directory,
      control,
      schema: kind,
      taste: { module: new URL('./fixtures/tighter-rates.ts', import.meta.url) },
    });
    after(() => next.close());
    assert.deepEqual([next.current().hash, next.current().live], [release.hash, { rate: 70 }]);
    next.ready();
    control.offer(control.release({ rate: 90 }));
    const refused = await control.told('refused');
    assert.match(refused.cause, /must be <= 10/);
    const offer = await lent(control, next, { rate: 9 });
    control.undo({ rollout: offer.rollout, from: offer.release.hash, to: release.hash });
    await until('it is back', () => next.current().hash === release.hash);
    assert.deepEqual(next.current().live, { rate: 70 });
  });

  test('R9: a proved release that cannot be applied at boot is tried twice, then the one before it serves', async () => {
    const { control, agent, directory } = await together();
    await inRing(control, agent, { rate: 7 });
    const { release } = await inRing(control, agent, { rate: 8 });
    await agent.close();
    let tries = 0;
    const next = await rateAgent({
      directory,
      control,
      apply({ rate }) {
        if (rate !== 8) return { rate };
        tries += 1;
        throw new Error('not any more');
      },
    });
    assert.deepEqual([tries, next.current().live], [2, { rate: 7 }]);
    next.ready();
    await until('control is told', () =>
      control.messages.some((each) => each.type === 'booted' && each.passedOver.includes(release.hash)),
    );
    await next.close();
  });

  test('R7: a release that served nothing here is not proved here', async () => {
    const { control, agent } = await together();
    const offer = await lent(control, agent, { rate: 7 });
    await control.told('taken');
    control.prove(offer);
    await control.told('not_proved');
  });

  test('R7: a release that the disk does not take is not proved, and is left', async () => {
    const { control, agent, directory } = await together();
    const offer = await lent(control, agent, { rate: 7 });
    await control.told('taken');
    agent.recordOutcome('good');
    const ring = join(directory, 'proved', 'ring');
    await rm(ring, { recursive: true });
    await writeFile(ring, 'in the way');
    control.prove(offer);
    assert.equal((await control.told('refused')).late, true);
    await control.told('back');
    assert.equal(agent.current().hash, null);
  });

  test('evidence: outcomes are counted by the release they began with, over lost reports', async () => {
    const { control, agent } = await together();
    const old = agent.current();
    agent.recordOutcome('good');
    await control.stop();
    agent.recordOutcome('deadline');
    await control.start();
    const { release } = await lent(control, agent, { rate: 7 });
    agent.recordOutcome('error');
    agent.recordOutcome('slow', old);
    for (let probe = 0; probe < 3; probe++) agent.recordProbe('saturation');
    agent.reportOverdue(4, 2);
    const none = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
    await until('all is told', () => control.reports.at(-1)?.vitals.failedProbesInARow === 3);
    const report = control.reports.at(-1);
    assert.deepEqual(report?.counts, [
      { hash: release.hash, stretch: 2, live: { ...none, error: 1 }, probes: { ...none, saturation: 3 } },
      { hash: null, stretch: 1, live: { ...none, good: 1, deadline: 1, slow: 1 }, probes: none },
    ]);
    assert.deepEqual([report?.vitals.overdue, report?.vitals.overdueBudget], [4, 2]);
  });

  test('R2: a testing instance signs a receipt after its synthetic payments', async () => {
    const keys = await fakeControl({
      service: 'rates',
      schema: 'rates/1',
      environment: 'testing',
      instance: 'test-1',
    });
    after(() => keys.stop());
    const testing = await rateAgent({
      directory: await newDirectory(),
      control: keys,
      environment: 'testing',
      instance: 'test-1',
      receipts: { signer: keys.testing, payments: 3, validMs: 1_000 },
    });
    after(() => testing.close());
    testing.ready();
    await until('it is in contact', () => keys.reports.at(-1)?.phase === 'steady');
    const release = keys.release({ rate: 7 });
    keys.offer(release, { receipts: [], approvals: [] });
    await keys.told('taken');
    for (let payment = 0; payment < 3; payment++) testing.recordProbe('good');
    const { receipt } = await keys.told('receipt');
    assert.deepEqual([receipt.body.verdict, receipt.body.payments], ['passed', 3]);
    await until('half its time is over', () => testing.status().receiptDue);
    for (let payment = 0; payment < 3; payment++) testing.recordProbe('good');
    const again = () => keys.messages.filter(({ type }) => type === 'receipt').length > 1;
    await until('it signs again', again);
    assert.equal(testing.status().receiptDue, false);
  });

  test('the stream resumes where it ended, and what comes twice does nothing', async () => {
    const { control, agent } = await together();
    const { release } = await lent(control, agent, { rate: 7 });
    await control.told('taken');
    await control.stop();
    await control.start();
    await until('it is followed again', () => control.resumedFrom.length > 1);
    assert.equal(control.resumedFrom.at(-1), '1');
    assert.equal(agent.current().hash, release.hash);
    assert.equal(control.messages.filter(({ type }) => type === 'taken').length, 1);
  });
});
