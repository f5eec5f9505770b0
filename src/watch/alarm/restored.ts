import type { Entry, Written } from '../journal/entry.ts';
import type { Alarm } from './alarm.ts';
import { keptIn } from './journalled.ts';
import type { AlarmState } from './step.ts';

/** What an earlier process left: alarms that are open, and messages that did not arrive. */
export interface Restored {
  /** To be called with every entry, in order. */
  seen(entry: Written): void;
  state(): AlarmState;
  /** Each with the channels that have not had it. */
  outstanding(): readonly { readonly entry: Entry; readonly channels: readonly string[] }[];
}

/** Of what is older nobody is notified any more. */
const TELL_MS = 86_400_000;

/** `steady` and `now`: see `keptIn`. */
export function restoring(steady: (wall: number) => number, now: number): Restored {
  const open = new Map<string, Alarm>();
  const outstanding = new Map<string, { entry: Entry; channels: Set<string> }>();
  return {
    seen(entry) {
      if (entry.kind === 'alert.delivered' || entry.kind === 'alert.failed') {
        const id = String(entry.data?.notification);
        const channels = outstanding.get(id)?.channels;
        channels?.delete(entry.subject);
        if (channels?.size === 0) outstanding.delete(id);
        return;
      }
      const kept = keptIn(entry, steady, now);
      if (kept === undefined) return;
      const { alarm, notification, channels } = kept;
      if (alarm.phase === 'resolved') open.delete(alarm.key);
      else open.set(alarm.key, alarm);
      if (channels.length > 0) outstanding.set(notification, { entry, channels: new Set(channels) });
    },
    state: () => ({ open, dropped: 0 }),
    outstanding: () =>
      [...outstanding.values()]
        .filter(({ entry }) => steady(entry.at) > now - TELL_MS)
        .map(({ entry, channels }) => ({ entry, channels: [...channels] })),
  };
}
