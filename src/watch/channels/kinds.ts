import type { ChannelSettings } from '../settings/channels.ts';
import { readSecret } from '../settings/load.ts';
import { alertmanager } from './alertmanager.ts';
import { slack } from './slack.ts';
import type { Transport } from './transport.ts';
import { webhook } from './webhook.ts';

/** How messages leave by a channel. Reads its secrets; throws `WrongSettings` where there are none. */
export async function transportOf(settings: ChannelSettings, wall: () => number): Promise<Transport> {
  switch (settings.kind) {
    case 'webhook': {
      const { url, secretFile } = settings;
      return webhook(url, secretFile === undefined ? undefined : await readSecret(secretFile), wall);
    }
    case 'slack':
      return slack(await readSecret(settings.urlFile));
    case 'alertmanager':
      return alertmanager(settings.url);
    default:
      return settings satisfies never;
  }
}
