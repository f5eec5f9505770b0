// One authentication server of the auth bench: a process of its own, so that it can be stopped in its tracks.
import { createAuthServer } from '../../src/auth/server/server.ts';
import { defaultAuthServerSettings } from '../../src/auth/server/settings.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/platform/database/database.ts';
import { createLog } from '../../src/platform/log.ts';

const [, , url = '', keySecret = '', tokenSecret = ''] = process.argv;
const server = createAuthServer({
  database: openDatabase({ url, name: 'bench-auth', maxConnections: 4 }),
  settings: () => defaultAuthServerSettings,
  clock: systemClock,
  log: createLog('bench-auth'),
  keySecret,
  tokenSecrets: [tokenSecret],
});
const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
process.send?.({ address });
