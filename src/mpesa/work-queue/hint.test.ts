import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { until } from '../../../test/until.ts';
import { createLog } from '../../platform/log.ts';
import { listen, workerHint } from './hint.ts';

const { database } = await testDatabase();
const log = createLog('test');
log.level = 'silent';

test('a hint arrives, also after its connection was lost; told to stop, it leaves no connection behind', async () => {
  let hints = 0;
  const stop = new AbortController();
  const listening = listen(database, 'a channel', { onHint: () => hints++, signal: stop.signal, log });
  const backends = async () => {
    const { rows } = await database.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and query like 'listen%'`,
    );
    return rows;
  };
  const hinted = (more: number) =>
    until('a hint arrives', async () => {
      await database.query(`notify "a channel"`);
      return hints > more;
    });
  await hinted(0);
  const [backend] = await backends();
  await database.query('select pg_terminate_backend($1)', [backend?.pid]);
  await until('it is gone', async () => !(await backends()).some(({ pid }) => pid === backend?.pid));
  await hinted(hints);
  stop.abort();
  await listening;
  await until('no connection is left', async () => (await backends()).length === 0);
  assert.ok(hints >= 2);
});

test('hints that come together are one, with what each of them is about', async () => {
  const heard: (readonly string[])[] = [];
  const stop = new AbortController();
  const listening = listen(database, 'topics', {
    onHint: (topics) => heard.push(topics),
    signal: stop.signal,
    log,
  });
  await until('it listens', async () => {
    await database.query(`notify "topics"`);
    return heard.length > 0;
  });
  const hint = workerHint(database, 'topics');
  hint(['first']);
  hint(['b2c']);
  hint(new Set(['b2b', 'b2c']));
  await until('all are heard', () => heard.flat().includes('b2b'));
  assert.deepEqual(
    heard.filter(({ length }) => length > 0),
    [['first'], ['b2c', 'b2b']],
  );
  stop.abort();
  await listening;
});
