import { listApps, setAppState } from '../../auth/server/apps.ts';
import { freshMs } from '../../auth/server/credentials.ts';
import { revokeApp, revokeToken } from '../../auth/server/revocations.ts';
import { parseToken } from '../../auth/token.ts';
import type { AppDirectory } from '../../control/apps.ts';

/** What the authentication servers know of the service's clients, for control. */
export const appDirectory: AppDirectory = {
  list: listApps,
  async setState(client, id, state, now) {
    await setAppState(client, id, state);
    if (state === 'active') return 'done';
    // A server that verified its secret just now goes on issuing tokens for as long: those end too.
    return (await revokeApp(client, id, now + freshMs, now)) === 'full' ? 'full' : 'done';
  },
  async revoke(client, token, now) {
    const parsed = parseToken(token);
    if (parsed === undefined) return undefined;
    const { tokenId, appId: app } = parsed;
    return { result: await revokeToken(client, tokenId, now), tokenId, app };
  },
};
