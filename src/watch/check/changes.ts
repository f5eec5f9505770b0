import type { ProbeResult } from '../detect/reading.ts';
import type { Entry } from '../journal/entry.ts';
import type { Kind } from '../journal/kinds.ts';

/** Writes down when a target begins to fail and when it is well again, and nothing between. */
export function probeChanges(
  note: (kind: Kind, rest: Omit<Entry, 'at' | 'kind'>) => void,
): (result: ProbeResult) => void {
  const failing = new Map<string, boolean>();
  return ({ subject, ok, tookMs, reason }) => {
    const before = failing.get(subject) ?? false;
    failing.set(subject, !ok);
    if (before === !ok) return;
    note(ok ? 'probe.recovered' : 'probe.failed', {
      source: 'probe',
      subject,
      text: ok ? `${subject} answers again.` : `${subject}: ${reason ?? 'it failed'}.`,
      data: { tookMs: Math.round(tookMs), ...(reason === undefined ? {} : { reason }) },
    });
  };
}
