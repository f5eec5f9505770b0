import type { Detection, Severity } from '../detect/reading.ts';
import type { Entry, Json } from '../journal/entry.ts';
import { type Alarm, subjectOf } from './alarm.ts';
import type { Effect, What } from './step.ts';

/** What the journal keeps of an alarm: enough that the next process goes on with it. */
interface Kept {
  readonly alarm: Alarm;
  readonly notification: string;
  readonly channels: readonly string[];
}

const SAYS: Record<What, (alarm: Alarm) => string> = {
  raised: ({ severity, detection }) => `${capital(severity)}: ${detection.evidence}`,
  worsened: ({ severity, detection }) => `Worse, now a ${severity}: ${detection.evidence}`,
  escalated: ({ level }) => `Nobody has acknowledged it: step ${level} of the chain.`,
  woken: () => 'Its snooze is over, and it is still there.',
  acknowledged: ({ by }) => `${by ?? 'Somebody'} is at it.`,
  snoozed: ({ by }) => `${by ?? 'Somebody'} has put it off.`,
  resolved: ({ by }) => (by === undefined ? 'Its symptom is gone.' : `${by} says that it is over.`),
};

/** The entry of what became of an alarm. `wall`: what a steady instant is called. */
export function entryOf(
  { what, alarm, at, channels, notification }: Effect,
  wall: (at: number) => number,
): Entry {
  const { detection, key, severity, snoozedUntil, by } = alarm;
  const byPerson = by !== undefined && ['acknowledged', 'snoozed', 'resolved'].includes(what);
  const release = detection.series?.release;
  return {
    at: wall(at),
    source: byPerson ? 'person' : 'alarm',
    kind: `alarm.${what}`,
    subject: subjectOf(detection),
    ...(byPerson ? { actor: by } : {}),
    text: SAYS[what](alarm),
    data: {
      key,
      symptom: detection.symptom,
      severity,
      detector: detection.detector,
      onset: wall(alarm.onset),
      score: detection.score,
      series: detection.series === undefined ? null : { ...detection.series },
      notification,
      channels: [...channels],
      level: alarm.level,
      sentTo: [...alarm.sentTo],
      raisedAt: wall(alarm.raisedAt),
      countedFrom: wall(alarm.countedFrom),
      ...(snoozedUntil === undefined ? {} : { untilAt: wall(snoozedUntil) }),
    },
    evidence: detection.evidence,
    ids: { alarm: alarm.id, ...(release === undefined ? {} : { release }) },
  };
}

/**
 * The alarm that an entry is about, as it stood then; `undefined`: the entry is about none. `steady` turns a
 * wall time into a steady one; `now` is when this process began, from which its symptom is looked for again.
 */
export function keptIn(entry: Entry, steady: (wall: number) => number, now: number): Kept | undefined {
  const what = WHATS.find((one) => entry.kind === `alarm.${one}`);
  const id = entry.ids?.alarm;
  const data = entry.data as Partial<Record<string, Json>> | undefined;
  if (what === undefined || id === undefined || data === undefined) return undefined;
  const at = (key: string): number => steady(typeof data[key] === 'number' ? data[key] : entry.at);
  const text = (key: string): string => String(data[key] ?? '');
  const names = (key: string): string[] => (Array.isArray(data[key]) ? data[key].map(String) : []);
  const severity = text('severity') as Severity;
  const series = data.series as Detection['series'] | null;
  const detection: Detection = {
    detector: text('detector'),
    symptom: text('symptom'),
    severity,
    ...(series ? { series } : { subject: entry.subject }),
    onset: at('onset'),
    at: steady(entry.at),
    score: Number(data.score ?? 1),
    evidence: entry.evidence ?? '',
  };
  const alarm: Alarm = {
    id,
    key: text('key'),
    phase: PHASE[what],
    severity,
    detection,
    onset: at('onset'),
    raisedAt: at('raisedAt'),
    lastSeenAt: now,
    countedFrom: at('countedFrom'),
    level: Number(data.level ?? 0),
    sentTo: names('sentTo'),
    ...(data.untilAt === undefined ? {} : { snoozedUntil: at('untilAt') }),
    ...(entry.actor === undefined ? {} : { by: entry.actor }),
  };
  return { alarm, notification: text('notification'), channels: names('channels') };
}

const WHATS = Object.keys(SAYS) as What[];
const PHASE: Record<What, Alarm['phase']> = {
  raised: 'raised',
  worsened: 'raised',
  escalated: 'raised',
  woken: 'raised',
  acknowledged: 'acknowledged',
  snoozed: 'snoozed',
  resolved: 'resolved',
};

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
