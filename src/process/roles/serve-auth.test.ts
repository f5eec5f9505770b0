import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inProduction, rolesFixture } from '../../../test/roles.ts';
import { until } from '../../../test/until.ts';
import type { Outcome } from '../../agent/thread/counters.ts';
import { Deadline } from '../../platform/deadline.ts';
import { serveAuth } from './serve-auth.ts';

const fixture = await rolesFixture();
const document = inProduction(fixture.builtIn.content);
const recorded: Outcome[] = [];
const root = {
  ...fixture.root(() => document),
  env: { ...fixture.env, port: 0 },
  record: (outcome: Outcome) => void recorded.push(outcome),
};
const auth = await serveAuth(root);
after(async () => {
  await auth.stop(new AbortController().signal);
  await root.end();
});
const probe = () => auth.probe?.(Deadline.in(5_000)).then(String, ({ message }: Error) => message);

test('R10: an authentication server tries its own tokens, and says when it issues none', async () => {
  const rename = (from: string, to: string) =>
    fixture.database.query(`alter table auth.${from} rename to ${to}`);
  await rename('app', 'app_away');
  await until('it says so', async () => (await probe()) === 'no token is issued');
  await rename('app_away', 'app');
  await until('it issues one', async () => (await probe()) === 'token');
  await fixture.database.query(
    `update auth.app set consumer_key = 'another' where consumer_key = 'imara-synthetic'`,
  );
  // A secret that was verified is taken for ten seconds more.
  await until('who is not known is refused, which is an answer', async () => (await probe()) === 'keys');
  assert.deepEqual(recorded, [], 'what it asks itself is no request');
});
