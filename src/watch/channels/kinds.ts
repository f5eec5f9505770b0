import type { Notice } from '../publish/subscribers.ts';
import type { ChannelSettings } from '../settings/channels.ts';
import { readSecret } from '../settings/load.ts';
import type { MailSettings } from '../settings/mail.ts';
import type { SubscriberSettings } from '../settings/subscribers.ts';
import { alertmanager } from './alertmanager.ts';
import { type MailServer, sendMail } from './mail.ts';
import { textOf } from './message.ts';
import { slack } from './slack.ts';
import type { Transport } from './transport.ts';
import { postSigned, webhook } from './webhook.ts';

/** What messages leave with. */
export interface Outgoing {
  readonly wall: () => number;
  /** Of the settings; nothing is sent by mail where there is none (`contradictions`). */
  readonly mail: MailServer | undefined;
}

/** Reads its password. */
export async function mailServerOf(settings: MailSettings | undefined): Promise<MailServer | undefined> {
  if (settings === undefined) return undefined;
  const { host, port, security, from, user, passwordFile } = settings;
  const login =
    user === undefined || passwordFile === undefined
      ? undefined
      : { user, pass: await readSecret(passwordFile) };
  return { host, port, security, from, login };
}

/** How messages leave by a channel. Reads its secrets; throws `WrongSettings` where there are none. */
export async function transportOf(settings: ChannelSettings, { wall, mail }: Outgoing): Promise<Transport> {
  switch (settings.kind) {
    case 'webhook': {
      const { url, secretFile } = settings;
      return webhook({
        url,
        wall,
        secret: secretFile === undefined ? undefined : await readSecret(secretFile),
      });
    }
    case 'slack':
      return slack(await readSecret(settings.urlFile));
    case 'alertmanager':
      return alertmanager(settings.url);
    case 'smtp': {
      const { to } = settings;
      return (message, signal) =>
        sendMail(known(mail), { id: message.id, to, subject: message.title, text: textOf(message) }, signal);
    }
    default:
      return settings satisfies never;
  }
}

/** The same for a subscriber of the status page. */
export async function noticesBy(
  settings: SubscriberSettings,
  { wall, mail }: Outgoing,
): Promise<Transport<Notice>> {
  switch (settings.kind) {
    case 'webhook': {
      const hook = { url: settings.url, wall, secret: await readSecret(settings.secretFile) };
      return ({ id, body }, signal) => postSigned(hook, id, body, signal);
    }
    case 'mail':
      return ({ id, mail: text }, signal) =>
        sendMail(known(mail), { id, to: [settings.to], ...text }, signal);
    default:
      return settings satisfies never;
  }
}

function known(mail: MailServer | undefined): MailServer {
  if (mail === undefined) throw new Error('the settings name no mail server');
  return mail;
}
