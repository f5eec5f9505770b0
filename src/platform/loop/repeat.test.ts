import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { beforeEach, mock, test } from 'node:test';
import { promisify } from 'node:util';
import { type Ran, type Repetition, repeat } from './repeat.ts';

/** Each run, settled by the test. */
let runs: PromiseWithResolvers<string>[] = [];

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  runs = [];
});

const work = () => {
  const run = Promise.withResolvers<string>();
  runs.push(run);
  return run.promise;
};
const loopOf = (of: Partial<Repetition<string>> = {}) => repeat({ work, waitMs: () => 100, ...of });
/** Lets everything happen that waits for nothing but its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const end = async (how: 'well' | 'badly' = 'well') => {
  const run = runs.at(-1);
  if (how === 'well') run?.resolve('done');
  else run?.reject(new Error('no'));
  await settled();
};
/** Whether the next run begins after so long, and not a millisecond sooner. */
const beginsAfter = (ms: number) => {
  const before = runs.length;
  mock.timers.tick(ms - 1);
  const sooner = runs.length - before;
  mock.timers.tick(1);
  assert.deepEqual([sooner, runs.length - before], [0, 1]);
};

test('one run after the other, each after its wait, which knows how the run ended', async () => {
  const seen: Ran<string>[] = [];
  loopOf({
    waitMs: (ran) => {
      seen.push(ran);
      return ran.ok ? 100 : 10 * ran.failures;
    },
  });
  assert.equal(runs.length, 1);
  mock.timers.tick(1_000);
  assert.equal(runs.length, 1, 'never two runs at once');
  await end();
  beginsAfter(100);
  await end('badly');
  beginsAfter(10);
  await end('badly');
  beginsAfter(20);
  await end();
  beginsAfter(100);
  await end('badly');
  beginsAfter(10);
  assert.deepEqual(
    seen.map((ran) => (ran.ok ? ran.value : ran.failures)),
    ['done', 1, 2, 'done', 1],
  );
});

test('the first run may wait, too; and no wait is none', async () => {
  loopOf({ firstMs: 50, waitMs: () => 0 });
  beginsAfter(50);
  await end();
  assert.equal(runs.length, 2);
});

test('a wait of more than a timer takes does not come at once', async () => {
  loopOf({ waitMs: () => 2 ** 40 });
  await end();
  mock.timers.tick(60_000);
  assert.equal(runs.length, 1);
});

test('a hint cuts a wait short, also the one after the run in which it came', async () => {
  const loop = loopOf();
  await end();
  loop.wake();
  assert.equal(runs.length, 2);
  loop.wake();
  await end();
  assert.equal(runs.length, 3);
  await end();
  assert.equal(runs.length, 3, 'once for each hint');
  beginsAfter(100);
});

test('a hint outlasts runs that go on at once: what it is about may be behind them', async () => {
  let left = 2;
  const loop = loopOf({ waitMs: () => (left-- > 0 ? 0 : 100) });
  loop.wake();
  await end();
  await end();
  assert.equal(runs.length, 3);
  await end();
  assert.equal(runs.length, 4);
});

test('hints that come together cost one run', async () => {
  const loop = loopOf({ gatherMs: 5 });
  await end();
  loop.wake();
  mock.timers.tick(3);
  loop.wake();
  assert.equal(runs.length, 1);
  mock.timers.tick(2);
  assert.equal(runs.length, 2);
  loop.wake();
  await end();
  beginsAfter(5);
  await end();
  beginsAfter(100);
});

test('what failed waits its time, whatever hints come', async () => {
  const loop = loopOf();
  loop.wake();
  await end('badly');
  loop.wake();
  beginsAfter(100);
});

test('a run can be asked for: it begins, or is the one that is on', async () => {
  const loop = loopOf();
  await end('badly');
  assert.equal(loop.running(), undefined);
  loop.now();
  loop.now();
  const running = loop.running();
  assert.equal(runs.length, 2);
  await end();
  assert.deepEqual(await running, { ok: true, value: 'done' });
  beginsAfter(100);
});

test('a stop waits for the run that is on, and there is no other', async () => {
  const loop = loopOf({ waitMs: () => assert.fail('asked for a wait') });
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  await settled();
  assert.equal(stopped, false);
  await end('badly');
  await stopping;
  loop.now();
  loop.wake();
  mock.timers.tick(1_000);
  assert.equal(runs.length, 1);

  const waiting = loopOf();
  await end();
  await waiting.stop();
  waiting.wake();
  mock.timers.tick(1_000);
  assert.equal(runs.length, 2);
});

test('only a loop that is what the process is for keeps it alive', async () => {
  for (const keepsAlive of [true, false]) {
    const program = `import { repeat } from ${JSON.stringify(new URL('./repeat.ts', import.meta.url).href)};
      let runs = 0;
      const loop = repeat({ keepsAlive: ${keepsAlive}, waitMs: () => 1, work: async () => {
        if (++runs === 3) void loop.stop();
        throw new Error('the database is away');
      } });
      process.on('exit', () => console.log(runs));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    assert.equal(stdout.trim(), keepsAlive ? '3' : '1');
  }
});
