import type { Notice } from '../publish/subscribers.ts';
import type { ChannelSettings } from '../settings/channels.ts';
import { readSecret } from '../settings/load.ts';
import type { SubscriberSettings } from '../settings/subscribers.ts';
import { alertmanager } from './alertmanager.ts';
import { slack } from './slack.ts';
import type { Transport } from './transport.ts';
import { postSigned, webhook } from './webhook.ts';

/** How messages leave by a channel. Reads its secrets; throws `WrongSettings` where there are none. */
export async function transportOf(settings: ChannelSettings, wall: () => number): Promise<Transport> {
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
    default:
      return settings satisfies never;
  }
}

/** The same for a subscriber of the status page. */
export async function noticesBy(
  { url, secretFile }: SubscriberSettings,
  wall: () => number,
): Promise<Transport<Notice>> {
  const hook = { url, wall, secret: await readSecret(secretFile) };
  return ({ id, body }, signal) => postSigned(hook, id, body, signal);
}
