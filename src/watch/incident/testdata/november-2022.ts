import { createHash } from 'node:crypto';
import type { Entry, Written } from '../../journal/entry.ts';

/** 1 November 2022 at an hour of East Africa Time, ms; hours before midnight are those of the day before. */
export const at = (hour: number, minute: number, second = 0): number =>
  Date.UTC(2022, 10, 1, hour - 3, minute, second);

const alarm = { alarm: 'a-1', release: '42' };
const alarmData = {
  ...{ key: 'api|errors|42', symptom: 'errors', severity: 'page', detector: 'cusum-1-10', score: 1.4 },
  onset: at(0, 0),
  series: { service: 'api', release: '42' },
};

/**
 * What the watch sees of an outage like that of November 2022, before anything of the incident is written: a
 * push without testing that hangs the authentication library, an alarm 35 minutes late, a roll-back that is
 * refused, a restart by waves.
 */
export const facts: readonly Entry[] = [
  {
    at: at(-1, 20),
    source: 'config',
    kind: 'release.pushed',
    subject: 'r-40',
    actor: 'otieno',
    text: 'Tariff of B2C, by otieno.',
    ids: { rollout: 'r-40', release: '40' },
  },
  {
    at: at(-1, 55),
    source: 'config',
    kind: 'release.pushed',
    subject: 'r-42',
    actor: 'wanjiru',
    text: 'New address of the authentication servers, by wanjiru.',
    evidence: 'imara release show 42',
    ids: { rollout: 'r-42', release: '42' },
  },
  {
    at: at(-1, 58),
    source: 'rollout',
    kind: 'rollout.phase',
    subject: 'r-42',
    before: 'testing',
    after: 'waves',
    text: 'Release 42 is offered to all instances at once.',
    ids: { rollout: 'r-42' },
  },
  {
    at: at(0, 0, 1),
    source: 'probe',
    kind: 'probe.failed',
    subject: 'payment',
    text: 'payment: no token within 2 s.',
  },
  {
    at: at(0, 0, 2),
    source: 'probe',
    kind: 'component.changed',
    subject: 'stk-push',
    before: 'operational',
    after: 'major_outage',
    text: 'all requests fail',
  },
  {
    at: at(0, 20),
    source: 'watch',
    kind: 'impact.counted',
    subject: 'stk-push',
    data: { from: at(0, 0), to: at(0, 20), good: 0, bad: 60_000 },
  },
  {
    at: at(0, 35),
    source: 'alarm',
    kind: 'alarm.raised',
    subject: 'api',
    text: 'Page: 60,000 of 60,000 requests failed.',
    data: alarmData,
    evidence: '60,000 of 60,000 requests of api · release 42 failed',
    ids: alarm,
  },
  {
    at: at(0, 35, 1),
    source: 'alarm',
    kind: 'alert.delivered',
    subject: 'on-call',
    text: 'on-call has taken it after 900 ms.',
    ids: { alarm: 'a-1' },
  },
  {
    at: at(0, 38),
    source: 'person',
    kind: 'alarm.acknowledged',
    subject: 'api',
    actor: 'achieng',
    text: 'achieng is at it.',
    data: alarmData,
    ids: alarm,
  },
  {
    at: at(1, 40),
    source: 'rollout',
    kind: 'operator.undo',
    subject: 'r-42',
    actor: 'achieng',
    text: 'The roll-back of release 42 is refused by the security checks.',
    ids: { rollout: 'r-42', release: '42' },
  },
  {
    at: at(2, 25),
    source: 'rollout',
    kind: 'operator.undo',
    subject: 'r-42',
    actor: 'achieng',
    text: 'The roll-back is pushed again.',
    ids: { rollout: 'r-42', release: '42' },
  },
  {
    at: at(2, 30),
    source: 'rollout',
    kind: 'release.seen',
    subject: 'api-2',
    before: '42',
    after: '41',
    text: 'The last instance is back on release 41.',
    ids: { release: '41' },
  },
  {
    at: at(2, 45),
    source: 'restart',
    kind: 'fleet.restart_requested',
    subject: 'production',
    actor: 'achieng',
    text: 'All servers are restarted in waves.',
  },
  {
    at: at(3, 0),
    source: 'watch',
    kind: 'impact.counted',
    subject: 'stk-push',
    data: { from: at(0, 20), to: at(3, 0), good: 20_000, bad: 400_000 },
  },
  {
    at: at(3, 0),
    source: 'probe',
    kind: 'component.changed',
    subject: 'stk-push',
    before: 'major_outage',
    after: 'operational',
    text: 'all requests succeed',
  },
  {
    at: at(3, 0),
    source: 'alarm',
    kind: 'alarm.resolved',
    subject: 'api',
    text: 'Its symptom is gone.',
    data: alarmData,
    ids: alarm,
  },
];

/** Entries as they stand in the file, in a chain. */
export function written(entries: readonly Entry[]): Written[] {
  let previous = '0'.repeat(64);
  return entries.map((entry, index) => {
    const chained = { ...entry, sequence: index + 1, previous };
    const hash = createHash('sha256').update(JSON.stringify(chained)).digest('hex');
    previous = hash;
    return { ...chained, hash };
  });
}
