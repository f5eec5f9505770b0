import type { Alarm, Incident, Phase } from './incident.ts';

/** What the machine publishes by itself. Facts only: what it does not know it does not say. */
export function wordsFor(phase: Phase, incident: Incident, alarms: readonly Alarm[]): string {
  const share =
    incident.counted.all === 0
      ? ''
      : ` So far ${percent(incident.counted.peak)} of requests failed at the peak.`;
  if (phase !== 'resolved' && incident.updates.at(-1)?.phase === phase) return still(phase, share);
  switch (phase) {
    case 'investigating':
      return `${incident.title}. Detected automatically, being confirmed.${share}`;
    case 'identified':
      return `A change is thought to be the cause and is being undone.${share}`;
    case 'monitoring':
      return 'Requests succeed again. We are watching before we call it over.';
    case 'resolved':
      return `It is over: requests have succeeded for five minutes and ${alarms.length === 1 ? 'the alarm is' : 'all alarms are'} closed.`;
    default:
      return phase satisfies never;
  }
}

function still(phase: Exclude<Phase, 'resolved'>, share: string): string {
  const goesOn = {
    investigating: 'We are still looking for the cause.',
    identified: 'The undoing goes on.',
    monitoring: 'Requests still succeed; we go on watching.',
  };
  return `${goesOn[phase]}${share}`;
}

export function titleOf({ subject, symptom }: Alarm): string {
  const what: Record<string, string> = {
    errors: 'requests fail',
    silence: 'requests are not answered',
    stuck: 'requests do not come to an end',
    heartbeat: 'is not heard of',
    probe: 'does not answer',
    budget: 'fails more than is promised',
  };
  return `${subject}: ${what[symptom] ?? symptom}`;
}

export const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
