import { signatureOf } from '../channels/webhook.ts';
import { eat } from '../incident/eat.ts';
import type { ShownIncident, StatusState } from './state.ts';
import { statuspageFiles } from './statuspage.ts';

export interface WebhookPayload {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The newest update of an incident for a webhook, in the shape of Statuspage's. Signed like an alarm
 * (Standard Webhooks), so that one verifier does for both; by the id a receiver knows what it has already.
 */
export function webhookOf(
  state: StatusState,
  incident: ShownIncident,
  secret: string,
  now: number,
): WebhookPayload {
  const files = statuspageFiles({ ...state, incidents: [incident] }, now);
  const { page, incidents } = files['api/v2/incidents.json'] as {
    page: unknown;
    incidents: readonly unknown[];
  };
  const body = JSON.stringify({ page, incident: incidents[0] });
  const id = `${incident.id}-${incident.updates.length}`;
  const timestamp = String(Math.floor(now / 1000));
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatureOf(secret, id, timestamp, body),
    },
    body,
  };
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
