import { textOf } from './message.ts';
import { postJson, type Transport } from './transport.ts';

const COLOURS = { page: 'danger', ticket: 'warning', note: '#888888' } as const;

/** An incoming webhook of Slack, which Mattermost, Discord (`/slack`) and others take as well. */
export function slack(url: string): Transport {
  return (message, signal) => {
    const { title, alarm, what } = message;
    const color = what === 'resolved' ? 'good' : COLOURS[alarm.severity];
    const body = { text: title, attachments: [{ color, fallback: title, text: textOf(message) }] };
    return postJson(url, JSON.stringify(body), {}, signal);
  };
}
