import type { Alarm } from './alarm/alarm.ts';
import { subjectOf } from './alarm/alarm.ts';
import type { Alerting } from './alarm/alerting.ts';
import type { Channel } from './channels/channel.ts';
import type { Decisions } from './decide/decide.ts';
import type { Journal, JournalState } from './journal/journal.ts';
import type { QueueState } from './loop/bounded-queue.ts';
import type { Settings } from './settings/schema.ts';

export const VERSION = '0.1.0';

/** What the watch says of itself; instants are ms since 1970. */
export interface WatchState {
  readonly id: string;
  readonly version: string;
  readonly at: number;
  /** When a check last came to an end; `null`: none has. */
  readonly lastCheckAt: number | null;
  readonly journal: JournalState;
  /** Why control's journal is not copied now; `null`: it is, or none is followed. */
  readonly controlError: string | null;
  readonly queues: readonly QueueState[];
  /** Refused by any queue since the start. */
  readonly dropped: number;
  readonly channels: readonly {
    readonly name: string;
    readonly waiting: number;
    readonly error: string | null;
  }[];
  readonly alarms: readonly AlarmView[];
}

export interface AlarmView {
  readonly id: string;
  readonly phase: Alarm['phase'];
  readonly severity: Alarm['severity'];
  readonly subject: string;
  readonly symptom: string;
  readonly series: Alarm['detection']['series'] | null;
  readonly evidence: string;
  readonly onset: number;
  readonly raisedAt: number;
  readonly lastSeenAt: number;
  readonly snoozedUntil: number | null;
  readonly by: string | null;
}

export function stateOf(of: {
  settings: Settings;
  wall: (steady?: number) => number;
  lastCheckAt: number | undefined;
  journal: Journal;
  alerting: Alerting;
  channels: readonly Pick<Channel, 'name' | 'state'>[];
  decisions: Decisions;
  controlError: string | null;
}): WatchState {
  const { settings, wall, lastCheckAt, decisions } = of;
  const channels = of.channels.map((channel) => ({ channel, state: channel.state() }));
  const journal = of.journal.state();
  const queues = [
    ...decisions.states(),
    of.alerting.state(),
    ...channels.map(({ state: { name, depth, bound, dropped } }) => ({ name, depth, bound, dropped })),
  ];
  return {
    id: settings.name,
    version: VERSION,
    at: wall(),
    controlError: of.controlError,
    lastCheckAt: lastCheckAt === undefined ? null : wall(lastCheckAt),
    journal,
    queues,
    dropped: [...queues, journal].reduce((sum, { dropped }) => sum + dropped, 0),
    channels: channels.map(({ channel, state }) => ({
      name: channel.name,
      waiting: state.depth,
      error: state.error,
    })),
    alarms: decisions.open().map((alarm) => alarmView(alarm, wall)),
  };
}

function alarmView(alarm: Alarm, wall: (steady: number) => number): AlarmView {
  const { id, phase, severity, detection, onset, raisedAt, lastSeenAt, snoozedUntil, by } = alarm;
  return {
    id,
    phase,
    severity,
    subject: subjectOf(detection),
    symptom: detection.symptom,
    series: detection.series ?? null,
    evidence: detection.evidence,
    onset: wall(onset),
    raisedAt: wall(raisedAt),
    lastSeenAt: wall(lastSeenAt),
    snoozedUntil: snoozedUntil === undefined ? null : wall(snoozedUntil),
    by: by ?? null,
  };
}
