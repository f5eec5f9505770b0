import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { inRing, lent, newDirectory, together } from '../../test/agent/together.ts';
import { fakeControl } from '../../test/fake-control.ts';
import { until } from '../../test/until.ts';
import { rateAgent } from './fixtures/service.ts';

describe('what an agent refuses', { concurrency: 4 }, () => {
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
});
