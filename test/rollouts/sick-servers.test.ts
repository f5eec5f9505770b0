import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relayTo } from '../auth/broken-servers.ts';
import { here, production, startLoadedStack } from '../stack/loaded-stack.ts';
import { quickRollouts } from '../stack/stack.ts';

// Good releases on the whole of Imara under steady load, beside authentication servers that are sick: what
// was so before is no reason to refuse them.

const { stack, operator, load, at } = await startLoadedStack(quickRollouts);

test('R4: one of two authentication servers is down: what does not touch it goes on, with a warning; a switch asks neither', async (t) => {
  const [first, second] = await Promise.all([relayTo(at(10)), relayTo(at(11))]);
  const servers = [here(first.port), here(second.port)];
  const { phase, because } = await operator.pushed(production({ auth: { servers } }));
  assert.equal(phase, 'proved', because ?? '');

  second.down(true);
  const answered = load.answers.ok;
  load.answers.failed.length = 0;
  const harmless = await operator.pushed(production({ mpesa: { retryAfterSeconds: 7 } }));
  t.diagnostic(`${load.answers.ok - answered} answered, ${load.answers.failed.length} failed`);
  assert.equal(harmless.phase, 'proved', harmless.because ?? '');
  assert.deepEqual(load.answers.failed, []);
  const keys = new Set(harmless.warnings.map(({ key }) => key));
  assert.deepEqual([...keys], ['auth.servers[1]']);
  const shown = await stack.imara('rollout', 'status', harmless.id);
  assert.match(shown, /warning: auth\.servers\[1\]: connection_lost: .*seen by /);
  const journal = await stack.imara('journal', '--subject', harmless.id, '--lines', '100', '--json');
  const { rows }: { rows: { kind: string; data: { warnings?: { key: string }[] } }[] } = JSON.parse(journal);
  const told = rows.flatMap(({ kind, data }) => (kind === 'agent.taken' ? (data.warnings ?? []) : []));
  assert.deepEqual([...new Set(told.map(({ key }) => key))], ['auth.servers[1]']);

  first.down(true);
  const off = { serving: { products: { 'stk-query': { enabled: false } } } };
  const switched = await operator.pushed(production(off));
  assert.equal(switched.phase, 'proved', switched.because ?? '');
  assert.deepEqual(switched.warnings, []);
  first.down(false);
});
