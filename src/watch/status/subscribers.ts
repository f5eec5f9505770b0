import { eat } from '../incident/eat.ts';
import type { Entry } from '../journal/entry.ts';
import type { ShownIncident, StatusState } from './state.ts';
import { statuspageFiles } from './statuspage.ts';

/** The incident as it stood with the update that this entry (`status.posted`) is; `undefined`: none is. */
export function asPosted(
  state: StatusState,
  { subject, at, text }: Pick<Entry, 'subject' | 'at' | 'text'>,
): ShownIncident | undefined {
  const incident = state.incidents.find(({ id }) => id === subject);
  const index = incident?.updates.findIndex((one) => one.at === at && one.text === (text ?? '')) ?? -1;
  const update = incident?.updates[index];
  if (incident === undefined || update === undefined) return undefined;
  return {
    ...incident,
    phase: update.phase,
    updates: incident.updates.slice(0, index + 1),
    nextUpdateAt: update.nextAt,
    resolvedAt: update.phase === 'resolved' ? at : null,
  };
}

/** The newest update of an incident for a webhook, in the shape of Statuspage's. */
export function webhookBody(state: StatusState, incident: ShownIncident, now: number): string {
  const files = statuspageFiles({ ...state, incidents: [incident] }, now);
  const { page, incidents } = files['api/v2/incidents.json'] as {
    page: unknown;
    incidents: readonly unknown[];
  };
  return JSON.stringify({ page, incident: incidents[0] });
}

/** The same for mail, in plain text. */
export function mailOf(state: StatusState, incident: ShownIncident): { subject: string; text: string } {
  const newest = incident.updates.at(-1);
  const phase = newest?.phase ?? incident.phase;
  return {
    // A title must not become a header of its own.
    subject: `[${state.page.name}] ${phase}: ${incident.title}`.replaceAll(/[\r\n]+/g, ' ').slice(0, 200),
    text: [
      `${newest?.text ?? incident.title}`,
      '',
      `Since ${eat(incident.onset)}. Impact: ${incident.impact}.`,
      incident.nextUpdateAt === null
        ? 'This is the last update.'
        : `Next update by ${eat(incident.nextUpdateAt)}.`,
      `${state.page.url}/#${incident.id}`,
    ].join('\n'),
  };
}
