import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JudgementView } from '../../control/contract/resources/alarms.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { downStatus, type Status } from '../../supervisor/status.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { alarms } from './alarms.ts';
import { exitCodeOf, findingText } from './finding.ts';
import { look, type Situation } from './look.ts';

const up: Status = { ...downStatus, state: 'ready', control: 'http://127.0.0.1:1' };
const quiet: JudgementView = {
  service: 'platform',
  rollout: 'platform-4',
  release: 4,
  hash: `sha256:${'a'.repeat(64)}`,
  judgedSince: '2026-01-06T10:00:00.000Z',
  unknown: null,
  requests: { good: 118, bad: 2 },
  probes: { good: 30, bad: 0 },
  before: { good: 4_000, bad: 3 },
  alarms: [],
};
const failing: JudgementView['alarms'][number] = {
  kind: 'failing',
  since: '2026-01-06T10:05:00.000Z',
  seenAt: '2026-01-06T10:06:00.000Z',
  what: '40 of 250 requests failed in the last 10 s, 3 of 4003 in the two minutes before its rollout',
  instances: [],
  undo: "imara undo --from 4 --reason 'alarm: failing'",
  suspect: true,
};

function looked(...services: JudgementView[]) {
  const plane: ControlPlane = {
    ask: () => Promise.reject(new Error('only calls are made')),
    call: async <T>() => ({ services }) as T,
  };
  const situation: Situation = {
    home: homeOf({ IMARA_HOME: '/nowhere' }),
    status: up,
    timeoutMs: 1_000,
    control: async () => plane,
  };
  return look([alarms], situation);
}

test('R10: an alarm needs somebody, and says what is seen, since when, and the undo', async () => {
  const found = await looked({ ...quiet, alarms: [failing] });
  assert.equal(exitCodeOf(found), 6);
  assert.equal(
    found.map(findingText).join('\n'),
    [
      '✗ alarm about release 4 (sha256:aaaaaaaaaaaa) since 2026-01-06 10:05:00Z: 40 of 250 requests failed in the last 10 s, 3 of 4003 in the two minutes before its rollout',
      "    Take it back with `npx imara undo --from 4 --reason 'alarm: failing'`.",
    ].join('\n'),
  );
  const [finding] = await looked({ ...quiet, alarms: [{ ...failing, suspect: false }] });
  assert.match(finding?.fix ?? '', /in force since 2026-01-06 10:00:00Z, so look elsewhere too/);
});

test('what is built in cannot be taken back, and an alarm about it says so', async () => {
  const builtIn = { ...quiet, rollout: null, release: null, hash: null };
  const [finding] = await looked({ ...builtIn, alarms: [{ ...failing, undo: null, suspect: false }] });
  assert.equal(finding?.severity, 'bad');
  assert.match(finding?.what ?? '', /^alarm about what is built in since/);
  assert.match(finding?.fix ?? '', /nothing to undo/);
});

test('R10: where nothing speaks against it that is said with its figures, and where nothing is known that', async () => {
  const good = await looked(quiet);
  assert.deepEqual(
    good.map(({ severity, what }) => [severity, what]),
    [
      [
        'good',
        'nothing speaks against release 4 (sha256:aaaaaaaaaaaa), by 120 requests and 30 probes of the last half minute',
      ],
    ],
  );
  const [, unknown] = await looked(quiet, { ...quiet, service: 'quotes', unknown: 'no probe has ended' });
  assert.deepEqual(
    [unknown?.severity, unknown?.what, unknown?.why],
    ['note', 'quotes: release 4 (sha256:aaaaaaaaaaaa) cannot be judged', 'No probe has ended.'],
  );
});
