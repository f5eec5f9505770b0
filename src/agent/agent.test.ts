import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type FakeControl, type FakeControlOptions, fakeControl } from '../../test/fake-control.ts';
import { until } from '../../test/until.ts';
import { Deadline } from '../platform/deadline.ts';
import type { Offer } from '../rollout/signed/envelope.ts';
import type { Rates } from './fixtures/rates.ts';
import { rateAgent, type ServiceOptions } from './fixtures/service.ts';
import { kind } from './fixtures/tighter-rates.ts';
import { askStatus, undoHere } from './local/client.ts';

type RateAgent = Awaited<ReturnType<typeof rateAgent>>;

async function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'imara-agent-'));
}

/** A control plane and an agent that is ready and in contact with it. */
async function together(
  options: Partial<ServiceOptions> = {},
  controlOptions: Partial<FakeControlOptions> = {},
): Promise<{ control: FakeControl; agent: RateAgent; directory: string }> {
  const environment = options.environment ?? 'production';
  const control = await fakeControl({
    service: 'rates',
    schema: 'rates/1',
    environment,
    instance: 'api-1',
    ...controlOptions,
  });
  const directory = options.directory ?? (await newDirectory());
  const agent = await rateAgent({ directory, control, ...options });
  after(async () => {
    await agent.close();
    await control.stop();
  });
  agent.ready();
  await until('control hears that it is steady', () => control.reports.at(-1)?.phase === 'steady');
  return { control, agent, directory };
}

/** Takes the release and waits until it serves. */
async function lent(control: FakeControl, agent: RateAgent, content: Rates): Promise<Offer> {
  const offer = control.offer(control.release(content));
  await until('it is taken', () => agent.current().hash === offer.release.hash, { everyMs: 10 });
  return offer;
}

async function inRing(control: FakeControl, agent: RateAgent, content: { rate: number }): Promise<Offer> {
  const offer = await lent(control, agent, content);
  agent.recordOutcome('good');
  await until('it is lent', () => agent.status().phase === 'lent', { everyMs: 10 });
  control.prove(offer);
  await until('it is proved', () => agent.status().good === offer.release.hash, { everyMs: 10 });
  return offer;
}

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

  test('R4: a release that fails its taste is refused by key and cause, and nothing moves', async () => {
    const { control, agent } = await together();
    const before = agent.current();
    control.offer(control.release({ rate: 5, behave: 'bad value' }));
    const refused = await control.told('refused');
    assert.deepEqual([refused.key, refused.cause, refused.late], ['rate', 'nobody can bear it', false]);
    assert.equal(agent.current(), before);
  });

  test('R2: production refuses what has no receipt, a wrong signature, or too few approvals', async () => {
    const { control, agent } = await together();
    const release = control.release({ rate: 7 });
    const refusals = async () =>
      control.messages.flatMap((each) => (each.type === 'refused' ? [each.cause] : []));
    control.offer(release, { receipts: [] });
    control.offer(release, { approvals: [] });
    control.offer(release, { instance: 'api-2' });
    control.offer({ ...release, content: { rate: 8 } });
    const causes = await until('four are refused', async () => {
      const all = await refusals();
      return all.length === 4 && all;
    });
    assert.match(causes[0] ?? '', /0 of 1 valid receipts from testing/);
    assert.match(causes[1] ?? '', /0 of 1 approvals/);
    assert.match(causes[2] ?? '', /meant for api-2/);
    assert.match(causes[3] ?? '', /not the one that its hash names/);
    assert.equal(agent.current().hash, null);

    const stranger = await fakeControl({
      service: 'rates',
      schema: 'rates/1',
      environment: 'production',
      instance: 'api-1',
    });
    after(() => stranger.stop());
    const forged = await rateAgent({
      directory: await newDirectory(),
      control: { url: stranger.url, token: stranger.token, trustedKeys: control.trustedKeys },
    });
    forged.ready();
    after(() => forged.close());
    await until('it is in contact', () => forged.status().phase === 'steady');
    stranger.offer(stranger.release({ rate: 7 }));
    assert.match((await stranger.told('refused')).cause, /not signed by control/);
  });

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
    const { control, agent } = await together({}, { leaseMs: 1_000 });
    const first = await lent(control, agent, { rate: 7 });
    const lentAt = Date.now();
    await until('two leases have passed', () => Date.now() - lentAt > 2_000);
    assert.equal(agent.current().hash, first.release.hash);
    agent.recordProbe('good');
    control.prove(first);
    await control.told('in_ring');
    const { hash } = agent.current();
    await control.stop();
    const stoppedAt = Date.now();
    await until('two leases have passed', () => Date.now() - stoppedAt > 2_000);
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

  test('R4: an apply that throws is a refusal, and the old object serves on', async () => {
    const { control, agent } = await together({
      apply({ rate }) {
        if (rate === 9) throw new Error('no nine here');
        return { rate };
      },
    });
    control.offer(control.release({ rate: 9 }));
    assert.match((await control.told('refused')).cause, /no nine here/);
    assert.deepEqual(agent.current().live, { rate: 1 });
  });

  test('R4: a value that fails when really used is refused late, once, and the release is left', async () => {
    const { control, agent } = await together();
    const { release } = await lent(control, agent, { rate: 7 });
    for (let use = 0; use < 100; use++) agent.valueFailed(['rate'], 'cannot be borne');
    const refused = await control.told('refused');
    assert.deepEqual([refused.key, refused.late, refused.hash], ['rate', true, release.hash]);
    await control.told('back');
    assert.equal(agent.current().hash, null);
    assert.equal(control.messages.filter(({ type }) => type === 'refused').length, 1);
  });

  test('R4: a value that the lent release did not change, and that fails, is told of the one in force', async () => {
    const { control, agent } = await together();
    const inForce = await inRing(control, agent, { rate: 7 });
    const { release } = await lent(control, agent, { rate: 7, live: 'another' });
    agent.valueFailed(['rate'], 'cannot be borne');
    const refused = await control.told('refused');
    assert.deepEqual(
      [refused.key, refused.late, refused.rollout, refused.hash],
      ['rate', true, null, inForce.release.hash],
    );
    assert.deepEqual([agent.current().hash, agent.status().phase], [release.hash, 'lent']);

    agent.valueFailed(['live'], 'is another');
    await control.told('back');
    assert.equal(agent.current().hash, inForce.release.hash);
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
