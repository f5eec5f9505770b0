/**
 * Every kind of entry that the watch itself writes, and what its `data` holds. What is copied of control's
 * journal keeps control's own kinds (`release.pushed`, `wave.opened`, …).
 *
 * | kind | subject | data |
 * | --- | --- | --- |
 * | `watch.started`, `watch.stopped` | name of the watch | `version` |
 * | `journal.cut` | file | `bytes`: a torn last line was cut off |
 * | `journal.late` | name of the watch | `entries`: written now, which the disk did not take in time |
 * | `watch.forgot` | name of the watch | `reason`: why the detectors learn from the start |
 * | `clock.jumped` | name of the watch | `byMs` |
 * | `queue.dropped` | queue | `dropped`: since the start |
 * | `probe.failed`, `probe.recovered` | target | `tookMs`; `reason` |
 * | `beat.lost`, `beat.back` | who is silent | `silentMs` |
 * | `release.seen` | instance | `before`, `after`: the release that it serves with |
 * | `alarm.raised` | service or target | `AlarmData` |
 * | `alarm.worsened` | service or target | `AlarmData`: a higher severity |
 * | `alarm.escalated` | service or target | `level`, and where it goes |
 * | `alarm.acknowledged`, `alarm.snoozed`, `alarm.woken`, `alarm.resolved` | service or target | `untilAt` of a snooze |
 * | `alert.delivered`, `alert.failed` | channel | `notification`, `attempts`, `tookMs`; `reason` |
 * | `component.overridden`, `component.released` | component | `until`; `text`: the reason; `after`: the state that a person says |
 * | `work.planned`, `work.cancelled` | planned work | `from`, `to`, `components`, `text`; `text` of the entry: its title |
 * | `update.delivered`, `update.failed` | subscriber | the same, of a public update |
 *
 * All of an alarm have `ids.alarm`, and `ids.release` where the release is known.
 */
export const KINDS = [
  'watch.started',
  'watch.stopped',
  'journal.cut',
  'journal.late',
  'watch.forgot',
  'clock.jumped',
  'queue.dropped',
  'probe.failed',
  'probe.recovered',
  'beat.lost',
  'beat.back',
  'release.seen',
  'alarm.raised',
  'alarm.worsened',
  'alarm.escalated',
  'alarm.acknowledged',
  'alarm.snoozed',
  'alarm.woken',
  'alarm.resolved',
  'alert.delivered',
  'alert.failed',
  'update.delivered',
  'update.failed',
  'component.overridden',
  'component.released',
  'work.planned',
  'work.cancelled',
] as const;
export type Kind = (typeof KINDS)[number];

/** What an `alarm.raised` and an `alarm.worsened` hold: the detection, and where it is sent. */
export interface AlarmData {
  readonly key: string;
  readonly symptom: string;
  readonly severity: string;
  readonly detector: string;
  /** The first bad thing that was counted, ms since 1970. */
  readonly onset: number;
  readonly score: number;
  readonly series: { readonly service: string; readonly [part: string]: string } | null;
  readonly notification: string;
  readonly channels: readonly string[];
}
