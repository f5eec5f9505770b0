import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Rates } from '../../src/agent/fixtures/rates.ts';
import { rateAgent, type ServiceOptions } from '../../src/agent/fixtures/service.ts';
import type { Offer } from '../../src/rollout/signed/envelope.ts';
import { type FakeControl, type FakeControlOptions, fakeControl } from '../fake-control.ts';
import { until } from '../until.ts';

export type RateAgent = Awaited<ReturnType<typeof rateAgent>>;

export async function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'imara-agent-'));
}

/** A control plane and an agent that is ready and in contact with it. */
export async function together(
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
export async function lent(control: FakeControl, agent: RateAgent, content: Rates): Promise<Offer> {
  const offer = control.offer(control.release(content));
  await until('it is taken', () => agent.current().hash === offer.release.hash, { everyMs: 10 });
  return offer;
}

export async function inRing(
  control: FakeControl,
  agent: RateAgent,
  content: { rate: number },
): Promise<Offer> {
  const offer = await lent(control, agent, content);
  agent.recordOutcome('good');
  await until('it is lent', () => agent.status().phase === 'lent', { everyMs: 10 });
  control.prove(offer);
  await until('it is proved', () => agent.status().good === offer.release.hash, { everyMs: 10 });
  return offer;
}
