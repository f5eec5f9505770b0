import type { ChannelSettings } from '../settings/channels.ts';
import { readSecret } from '../settings/load.ts';
import type { Transport } from './transport.ts';
import { webhook } from './webhook.ts';

/** How messages leave by a channel. Reads its secrets; throws `WrongSettings` where there are none. */
export async function transportOf(settings: ChannelSettings, wall: () => number): Promise<Transport> {
  switch (settings.kind) {
    case 'webhook': {
      const { url, secretFile } = settings;
      return webhook(url, secretFile === undefined ? undefined : await readSecret(secretFile), wall);
    }
    default:
      return settings.kind satisfies never;
  }
}
