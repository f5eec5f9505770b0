import type { Alarm } from '../alarm/alarm.ts';
import { seriesText, subjectOf } from '../alarm/alarm.ts';
import { keptIn } from '../alarm/journalled.ts';
import type { Entry, Source } from '../journal/entry.ts';

/** What is sent of an alarm: all that somebody needs who knows nothing yet. Instants are ms since 1970. */
export interface Message {
  /** The same on every attempt and every channel: a receiver that gets it twice ignores the second. */
  readonly id: string;
  readonly watch: string;
  readonly what: string;
  /** One line: severity, what about, and the evidence. */
  readonly title: string;
  readonly at: number;
  readonly alarm: {
    readonly id: string;
    readonly key: string;
    readonly phase: Alarm['phase'];
    readonly severity: Alarm['severity'];
    readonly symptom: string;
    readonly subject: string;
    readonly series: Alarm['detection']['series'] | null;
    readonly detector: string;
    readonly score: number;
    readonly evidence: string;
    readonly onset: number;
    readonly raisedAt: number;
    readonly by: string | null;
  };
  /** What changed in the hour before the onset, the nearest first. */
  readonly changes: readonly ChangeBefore[];
  /** What undoes the likeliest of them, to be pasted into a shell; `null`: nothing changed. */
  readonly command: string | null;
  /** Whether the journal has it on the disk. `false`: the disk did not take it in time. */
  readonly journalled: boolean;
}

export interface ChangeBefore {
  readonly at: number;
  readonly secondsBeforeOnset: number;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly actor: string | null;
  readonly release: string | null;
}

const HOUR_MS = 3_600_000;
const MOST_CHANGES = 10;
const CHANGES: readonly Source[] = ['config', 'rollout', 'restart'];

/** The message of an entry about an alarm, with what else the journal knew; `undefined`: it is about none. */
export function messageOf(
  entry: Entry,
  recent: readonly Entry[],
  watch: string,
  journalled: boolean,
): Message | undefined {
  const kept = keptIn(entry, (wall) => wall, entry.at);
  if (kept === undefined) return undefined;
  const { alarm, notification } = kept;
  const { detection, id, key, phase, severity, onset, raisedAt, by } = alarm;
  const changes = changesBefore(onset, recent, detection.series?.release);
  const what = entry.kind.slice('alarm.'.length);
  const about = detection.series === undefined ? subjectOf(detection) : seriesText(detection.series);
  return {
    id: notification,
    watch,
    what,
    title: `${severity.toUpperCase()} ${what}: ${about} ${detection.symptom}`,
    at: entry.at,
    alarm: {
      id,
      key,
      phase,
      severity,
      symptom: detection.symptom,
      subject: subjectOf(detection),
      series: detection.series ?? null,
      detector: detection.detector,
      score: detection.score,
      evidence: detection.evidence,
      onset,
      raisedAt,
      by: by ?? null,
    },
    changes,
    command: commandFor(id, changes, detection.series?.release),
    journalled,
  };
}

/** The release that the bad requests ran on goes before what is only nearer in time. */
function changesBefore(onset: number, recent: readonly Entry[], release: string | undefined): ChangeBefore[] {
  return recent
    .filter(
      ({ source, kind, at }) =>
        CHANGES.includes(source) && !kind.startsWith('agent.') && at <= onset && at > onset - HOUR_MS,
    )
    .map((entry) => ({
      at: entry.at,
      secondsBeforeOnset: Math.round((onset - entry.at) / 1_000),
      kind: entry.kind,
      subject: entry.subject,
      text: entry.text ?? '',
      actor: entry.actor ?? null,
      release: entry.ids?.release ?? entry.ids?.rollout ?? null,
    }))
    .sort((a, b) => Number(b.release === release) - Number(a.release === release) || b.at - a.at)
    .slice(0, MOST_CHANGES);
}

/** An undo names the release that it leaves (R17), so a second one of the same alarm does no more. */
function commandFor(alarm: string, changes: readonly ChangeBefore[], release?: string): string | null {
  const from = changes.find(
    (change) => change.release !== null && (release === undefined || change.release === release),
  );
  const named = from?.release ?? changes.find((change) => change.release !== null)?.release;
  if (named === undefined || named === null) return null;
  return `npx imara undo --from ${named} --reason 'alarm ${alarm}'`;
}

/** The message for people: a title and the lines below it. */
export function textOf({ alarm, changes, command, journalled, watch, what }: Message): string {
  return [
    alarm.evidence,
    `Onset ${eat(alarm.onset)}, alarm ${eat(alarm.raisedAt)} (${((alarm.raisedAt - alarm.onset) / 1_000).toFixed(1)} s later).`,
    changes.length === 0
      ? 'Nothing is known to have changed in the hour before.'
      : 'Changed in the hour before:',
    ...changes.map(
      ({ secondsBeforeOnset, kind, subject, text, actor }) =>
        `- ${secondsBeforeOnset} s before onset: ${kind} ${subject}${actor === null ? '' : ` by ${actor}`}${text === '' ? '' : `: ${text}`}`,
    ),
    ...(command === null || what === 'resolved' ? [] : [`To undo it: ${command}`]),
    what === 'resolved' ? '' : `To say that you are at it: npx imara watch ack ${alarm.id}`,
    ...(journalled ? [] : ['This alarm is not in the journal yet: the disk of the watch takes nothing.']),
    `Sent by ${watch}.`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** East Africa Time. */
function eat(at: number): string {
  return `${new Date(at).toLocaleString('en-GB', { timeZone: 'Africa/Nairobi' })} EAT`;
}
