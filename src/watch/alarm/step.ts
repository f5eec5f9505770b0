import type { Detection, Severity } from '../detect/reading.ts';
import { type Alarm, isWorse, keyOf } from './alarm.ts';

/**
 * The decisions about alarms, and nothing else: no time, disk or network of its own.
 *
 * | phase ↓ event → | detected | detected, worse | tick, chain due | tick, quiet | tick, snooze over | ack | snooze | resolve |
 * | --- | --- | --- | --- | --- | --- | --- | --- | --- |
 * | none | raised | – | – | – | – | – | – | – |
 * | raised | stays | worsened | escalated | resolved | – | acknowledged | snoozed | resolved |
 * | acknowledged | stays | worsened | – | resolved | – | stays | snoozed | resolved |
 * | snoozed | stays | worsened | – | resolved | raised (woken) | acknowledged | snoozed | resolved |
 */
export interface AlarmState {
  /** Open alarms by key. */
  readonly open: ReadonlyMap<string, Alarm>;
  /** Symptoms that found no room: a bound on what is open at once. */
  readonly dropped: number;
}

export const noAlarms: AlarmState = { open: new Map(), dropped: 0 };

export type AlarmEvent =
  | { readonly type: 'detected'; readonly detections: readonly Detection[] }
  | { readonly type: 'tick' }
  | { readonly type: 'acknowledge'; readonly id: string; readonly by: string }
  | { readonly type: 'snooze'; readonly id: string; readonly by: string; readonly forMs: number }
  | { readonly type: 'resolve'; readonly id: string; readonly by: string };

export type What = 'raised' | 'worsened' | 'escalated' | 'woken' | 'acknowledged' | 'snoozed' | 'resolved';

/** What became of an alarm: to be written down, then sent to `channels`. */
export interface Effect {
  readonly what: What;
  readonly alarm: Alarm;
  readonly at: number;
  readonly channels: readonly string[];
  /** One message: a receiver that gets it twice knows it by this. */
  readonly notification: string;
}

export interface AlarmPolicy {
  readonly clearAfterMs: number;
  readonly chain: Readonly<
    Record<Severity, readonly { readonly afterMs: number; readonly channels: readonly string[] }[]>
  >;
  readonly mostOpen: number;
}

export function step(
  state: AlarmState,
  event: AlarmEvent,
  now: number,
  policy: AlarmPolicy,
): { state: AlarmState; effects: readonly Effect[] } {
  switch (event.type) {
    case 'detected':
      return detected(state, event.detections, now, policy);
    case 'tick':
      return each(state, (alarm) => ticked(alarm, now, policy));
    case 'acknowledge':
      return each(state, (alarm) =>
        alarm.id === event.id && alarm.phase !== 'acknowledged'
          ? effect('acknowledged', { ...alarm, phase: 'acknowledged', by: event.by }, now)
          : undefined,
      );
    case 'snooze':
      return each(state, (alarm) =>
        alarm.id === event.id
          ? effect(
              'snoozed',
              { ...alarm, phase: 'snoozed', by: event.by, snoozedUntil: now + event.forMs },
              now,
            )
          : undefined,
      );
    case 'resolve':
      return each(state, (alarm) =>
        alarm.id === event.id ? over({ ...alarm, by: event.by }, now) : undefined,
      );
    default:
      return event satisfies never;
  }
}

function detected(
  state: AlarmState,
  detections: readonly Detection[],
  now: number,
  policy: AlarmPolicy,
): { state: AlarmState; effects: readonly Effect[] } {
  const open = new Map(state.open);
  const effects: Effect[] = [];
  let { dropped } = state;
  for (const detection of detections) {
    const key = keyOf(detection);
    const before = open.get(key);
    if (before === undefined && open.size >= policy.mostOpen) {
      dropped += 1;
      continue;
    }
    const next =
      before === undefined ? raise(key, detection, open, now, policy) : seen(before, detection, now, policy);
    open.set(key, next.alarm);
    if (next.effect !== undefined) effects.push(next.effect);
  }
  return { state: { open, dropped }, effects };
}

function raise(
  key: string,
  detection: Detection,
  open: ReadonlyMap<string, Alarm>,
  now: number,
  policy: AlarmPolicy,
) {
  const alarm: Alarm = {
    id: newId(now, open),
    key,
    phase: 'raised',
    severity: detection.severity,
    detection,
    onset: detection.onset,
    raisedAt: now,
    lastSeenAt: now,
    countedFrom: now,
    level: 0,
    sentTo: [],
  };
  const first = climbed(alarm, now, policy);
  return { alarm: first.alarm, effect: effect('raised', first.alarm, now, first.channels) };
}

function seen(before: Alarm, detection: Detection, now: number, policy: AlarmPolicy) {
  const alarm = { ...before, lastSeenAt: now, onset: Math.min(before.onset, detection.onset) };
  if (!isWorse(detection.severity, before.severity)) {
    // The strongest evidence stands, of the detectors that see the same symptom.
    const stronger = detection.severity === before.severity ? detection : before.detection;
    return { alarm: { ...alarm, detection: stronger } };
  }
  const worse: Alarm = {
    ...alarm,
    detection,
    severity: detection.severity,
    phase: 'raised',
    countedFrom: now,
    level: 0,
  };
  const first = climbed(worse, now, policy);
  return { alarm: first.alarm, effect: effect('worsened', first.alarm, now, first.channels) };
}

function ticked(alarm: Alarm, now: number, policy: AlarmPolicy): Effect | undefined {
  if (now - alarm.lastSeenAt >= policy.clearAfterMs) return over(alarm, now);
  if (alarm.phase === 'snoozed' && now >= (alarm.snoozedUntil ?? 0)) {
    const { snoozedUntil: _over, ...rest } = alarm;
    const woken = climbed({ ...rest, phase: 'raised', countedFrom: now, level: 0 }, now, policy);
    return effect('woken', woken.alarm, now, woken.channels);
  }
  if (alarm.phase !== 'raised') return undefined;
  const next = climbed(alarm, now, policy);
  return next.alarm.level === alarm.level ? undefined : effect('escalated', next.alarm, now, next.channels);
}

/** Takes the steps of the chain that are due. */
function climbed(
  alarm: Alarm,
  now: number,
  policy: AlarmPolicy,
): { alarm: Alarm; channels: readonly string[] } {
  const due = policy.chain[alarm.severity]
    .slice(alarm.level)
    .filter(({ afterMs }) => now - alarm.countedFrom >= afterMs);
  const channels = [...new Set(due.flatMap((one) => one.channels))];
  return {
    alarm: {
      ...alarm,
      level: alarm.level + due.length,
      sentTo: [...new Set([...alarm.sentTo, ...channels])],
    },
    channels,
  };
}

function over(alarm: Alarm, now: number): Effect {
  return effect('resolved', { ...alarm, phase: 'resolved' }, now, alarm.sentTo);
}

function effect(what: What, alarm: Alarm, at: number, channels: readonly string[] = []): Effect {
  return { what, alarm, at, channels, notification: `${alarm.id}-${what}-${Math.round(at).toString(36)}` };
}

/** Short enough to be typed; by its time, and apart from the others of the same instant. */
function newId(now: number, open: ReadonlyMap<string, Alarm>): string {
  const ids = new Set([...open.values()].map(({ id }) => id));
  let at = Math.round(now);
  while (ids.has(`a-${at.toString(36)}`)) at += 1;
  return `a-${at.toString(36)}`;
}

function each(
  state: AlarmState,
  change: (alarm: Alarm) => Effect | undefined,
): { state: AlarmState; effects: readonly Effect[] } {
  const open = new Map(state.open);
  const effects: Effect[] = [];
  for (const [key, alarm] of state.open) {
    const made = change(alarm);
    if (made === undefined) continue;
    effects.push(made);
    if (made.alarm.phase === 'resolved') open.delete(key);
    else open.set(key, made.alarm);
  }
  return { state: { ...state, open }, effects };
}
