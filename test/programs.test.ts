import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { missing } from './stack/programs.ts';

test('a bench that needs a program which is not there says so at once, with the way to install it', () => {
  for (const [bench, says] of [
    ['overload', /^haproxy is not installed: `apt-get install haproxy`/],
    ['detection', /^prometheus is not installed: .*\nprometheus-alertmanager is not installed: /],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ['bench/main.ts', bench], {
      env: { PATH: '/nowhere' },
      encoding: 'utf8',
      timeout: 10_000,
    });
    assert.equal(status, 1);
    assert.match(stderr, says);
  }
  assert.deepEqual(missing(['haproxy'], ''), missing(['haproxy'], '/nowhere:/no/other'));
});
