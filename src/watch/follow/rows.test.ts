import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMending } from '../incident/kinds.ts';
import { suspectsOf } from '../incident/suspects.ts';
import { whole } from '../incident/testdata/whole.ts';
import { viewOf } from '../incident/view.ts';
import type { Entry, Json } from '../journal/entry.ts';
import { copied } from './rows.ts';

const start = Date.UTC(2026, 10, 2, 9);
const [good, bad] = ['1'.repeat(64), 'b'.repeat(64)];
const label = bad.slice(0, 12);
let sequence = 0;

/** A row of control's journal, as it is copied. */
function row(second: number, actor: string, kind: string, subject: string, data: Json = {}): Entry {
  sequence += 1;
  const at = new Date(start + second * 1000).toISOString();
  return copied({ sequence, at, actor, kind, subject, data, hash: `h${sequence}` });
}

const pushed = (second: number, actor: string, release: number, hash: string, reason: string) =>
  row(second, actor, 'release.pushed', `imara-${release}`, { release, hash: `sha256:${hash}`, reason });

test('what control says of a release, and what instances served with, are of one suspect: the one that was bad', () => {
  const back = row(62, 'control:control', 'rollout.phase', 'imara-2', { from: 'bake', to: 'rolling_back' });
  assert.deepEqual([back.before, back.after], ['bake', 'rolling_back']);
  assert.ok(isMending(back));
  const series = { service: 'api', release: label };
  const seen: Entry = {
    ...{ at: start + 40_000, source: 'rollout', kind: 'release.seen', subject: 'api-1' },
    ...{ before: good.slice(0, 12), after: label, ids: { release: label } },
  };
  const raised: Entry = {
    ...{ at: start + 60_000, source: 'alarm', kind: 'alarm.raised', subject: 'api' },
    data: { symptom: 'errors', severity: 'page', onset: start + 57_000, series },
    ids: { alarm: 'a-1', release: label },
  };
  const journal = whole(
    [
      pushed(0, 'wanjiru', 2, bad, 'another address'),
      row(30, 'instance:api-1', 'agent.taken', 'imara-2', { hash: `sha256:${bad}`, rollout: 'imara-2' }),
      seen,
      // Nearer to the onset, and not to blame.
      pushed(56, 'otieno', 3, good, 'a tariff'),
      raised,
      back,
      row(63, 'amina', 'operator.undo', 'imara-2', { reason: 'it is bad' }),
    ],
    start + 70_000,
  );
  const view = viewOf('inc-20261102-1', journal);
  assert.ok(view);
  const [first, second] = suspectsOf(view);
  assert.deepEqual([first?.rollout, first?.release, first?.actor], ['imara-2', label, 'wanjiru']);
  assert.equal(first?.text, 'wanjiru pushed release 2: another address.');
  assert.match(
    first?.reasons.join('; ') ?? '',
    /the bad requests ran on .*; it was undone to end the incident/,
  );
  assert.equal(second?.rollout, 'imara-3');
  assert.equal(
    view.incident.updates.some(({ phase }) => phase === 'identified'),
    true,
  );
});
