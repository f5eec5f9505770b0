import type { BeatTarget } from './beat/beat.ts';
import { mailServerOf, noticesBy, transportOf } from './channels/kinds.ts';
import { repeated } from './check/check.ts';
import { readToken } from './settings/load.ts';
import type { Settings } from './settings/schema.ts';

/**
 * What the settings name, ready for use: every file of a secret is read here, once, before anything is
 * watched. Rejects with the file that cannot be read. `wall`: ms since 1970.
 */
export async function opened(settings: Settings, wall: () => number) {
  const optional = (file: string | undefined) => (file === undefined ? undefined : readToken(file));
  const outgoing = { wall, mail: await mailServerOf(settings.mail) };
  const { control } = settings;
  return {
    token: await readToken(settings.tokenFile),
    beatToken: await optional(settings.beatTokenFile),
    atControl: control && { url: control.url, token: await readToken(control.tokenFile) },
    transports: await Promise.all(
      settings.channels.map(async (one) => [one, await transportOf(one, outgoing)] as const),
    ),
    subscribed: await Promise.all(
      settings.subscribers.map(async (one) => ({ ...one, transport: await noticesBy(one, outgoing) })),
    ),
    checks: await Promise.all(settings.targets.map((target) => repeated(target, wall))),
    beatTargets: await Promise.all(
      settings.beats.map(
        async ({ url, tokenFile, everyMs }): Promise<BeatTarget> => ({
          url,
          everyMs,
          token: await optional(tokenFile),
        }),
      ),
    ),
  };
}
