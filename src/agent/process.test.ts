import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type FakeControl, fakeControl } from '../../test/fake-control.ts';
import { until } from '../../test/until.ts';
import { Deadline } from '../platform/deadline.ts';
import type { Offer } from '../rollout/signed/envelope.ts';
import type { Order, ProcessOptions } from './fixtures/service-process.ts';
import { undoHere } from './local/client.ts';

interface Service {
  readonly child: ChildProcess;
  /** What it serves with, as far as it has said. */
  readonly rate: () => number | undefined;
  order(order: Order): void;
  ended(): Promise<NodeJS.Signals | number | null>;
}

function start(options: ProcessOptions): Service {
  const child = fork(new URL('./fixtures/service-process.ts', import.meta.url), [JSON.stringify(options)]);
  let rate: number | undefined;
  child.on('message', (said: number) => {
    rate = said;
  });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.on('exit', (status, signal) => resolve(signal ?? status)),
  );
  after(() => child.kill('SIGKILL'));
  return { child, rate: () => rate, order: (order) => child.send(order), ended: () => ended };
}

async function world(
  change: Partial<ProcessOptions> = {},
): Promise<{ control: FakeControl; options: ProcessOptions }> {
  const id = { service: 'rates', schema: 'rates/1', environment: 'production', instance: 'api-1' };
  const control = await fakeControl(id);
  after(() => control.stop());
  const directory = await mkdtemp(join(tmpdir(), 'imara-process-'));
  const { url, token, trustedKeys } = control;
  return { control, options: { directory, control: { url, token, trustedKeys }, blockedMs: 500, ...change } };
}

function serves(service: Service, rate: number): Promise<unknown> {
  return until(`it serves with ${rate}`, () => service.rate() === rate, { everyMs: 10 });
}

async function lent(control: FakeControl, service: Service, rate: number): Promise<Offer> {
  await until('control hears that it is steady', () => control.reports.at(-1)?.phase === 'steady');
  const offer = control.offer(control.release({ rate }));
  await serves(service, rate);
  await until('control hears of it', () => control.reports.at(-1)?.phase === 'lent');
  return offer;
}

async function inRing(control: FakeControl, service: Service, rate: number): Promise<Offer> {
  const offer = await lent(control, service, rate);
  service.order('count');
  await until('control hears of an outcome', () => control.reports.at(-1)?.counts[0]?.live.good === 1);
  control.prove(offer);
  await until('it is proved', () => control.reports.at(-1)?.good === offer.release.hash);
  return offer;
}

describe('the agent in a process of its own', { concurrency: 3 }, () => {
  test('R10: a blocked event loop is told as a stall by a heartbeat that goes on, and not ended for it', async () => {
    const { control, options } = await world();
    const service = start(options);
    await serves(service, 1);
    service.order('block');
    await until('a stall is told', () => (control.reports.at(-1)?.vitals.stalledMs ?? 0) > 1_000);
    assert.equal(service.child.exitCode, null);
  });

  test('R6: undo of a proved release whose event loop is blocked ends the process, and the next one has undone', async () => {
    const { control, options } = await world();
    const first = start(options);
    await inRing(control, first, 7);
    const { release } = await inRing(control, first, 8);
    first.order('block');
    control.undo({ rollout: null, from: release.hash, to: null });
    assert.equal(await first.ended(), 'SIGKILL');
    await serves(start(options), 7);
  });

  test('R6: the same by the local socket, with control dead', async () => {
    const { control, options } = await world();
    const first = start(options);
    const { release } = await inRing(control, first, 7);
    await control.stop();
    first.order('block');
    const order = { by: 'wanjiru', from: release.hash, to: null };
    const undone = undoHere(options.directory, order, Deadline.in(15_000));
    assert.equal(await first.ended(), 'SIGKILL');
    await serves(start(options), 1);
    assert.ok((await undone).ok);
    await control.start();
    await control.told('undo_ordered_here');
  });

  test('R5: a lease that runs out while the event loop is blocked ends the process, and control is told', async () => {
    const { control, options } = await world();
    const first = start(options);
    const { release } = await lent(control, first, 7);
    control.renewing = false;
    first.order('block');
    assert.equal(await first.ended(), 'SIGKILL');
    await serves(start(options), 1);
    assert.equal((await control.told('lease_lost')).hash, release.hash);
  });

  test('R1, R5: a release whose object spins for ever when it is built ends the process, and the next one refuses its rollout', async () => {
    const { control, options } = await world({ spinsAt: 7 });
    const first = start(options);
    await until('control hears that it is steady', () => control.reports.at(-1)?.phase === 'steady');
    const { release } = control.offer(control.release({ rate: 7 }));
    assert.equal(await first.ended(), 'SIGKILL');
    await serves(start(options), 1);
    assert.equal((await control.told('lease_lost')).hash, release.hash);
    assert.equal((await control.told('refused')).hash, release.hash, 'control offered it once more');
  });

  test('R7: a release that was lent when the process was killed is not booted', async () => {
    const { control, options } = await world();
    const first = start(options);
    await inRing(control, first, 7);
    await lent(control, first, 8);
    first.child.kill('SIGKILL');
    await first.ended();
    await serves(start(options), 7);
  });

  test('R9: after two boots that die, the third takes the proved-good release before, and says so', async () => {
    const { control, options } = await world();
    const first = start(options);
    await inRing(control, first, 7);
    const { release } = await inRing(control, first, 8);
    first.child.kill('SIGKILL');
    await first.ended();
    const spoiled = { ...options, diesAt: 8 };
    assert.equal(await start(spoiled).ended(), 1);
    assert.equal(await start(spoiled).ended(), 1);
    await serves(start(spoiled), 7);
    await until('control is told', () =>
      control.messages.some((each) => each.type === 'booted' && each.passedOver.includes(release.hash)),
    );
  });
});
