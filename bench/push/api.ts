// One API process of the push bench.
import { Registry } from 'prom-client';
import type { AuthClient } from '../../src/auth/client/types.ts';
import { refusalForm } from '../../src/mpesa/errors.ts';
import { operations } from '../../src/mpesa/operations.ts';
import { registerMpesa } from '../../src/mpesa/register.ts';
import { defaultMpesaSettings } from '../../src/mpesa/settings.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/platform/database.ts';
import { newId } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { createApiServer } from '../../src/serving/server.ts';
import { defaultServingSettings } from '../../src/serving/settings.ts';

const [, , port, url = ''] = process.argv;
const log = createLog('bench-api');
// Measured at full limits: the ramp after boot is another bench's matter.
const serving = { ...defaultServingSettings, slowStartMs: 0 };
const claims = { appId: 'bench', tokenId: 't', issuedAt: 0, expiresAt: 2 ** 40 };
const auth: AuthClient = {
  verify: (token) => (token === 'bench' ? { ok: true, claims } : { ok: false, reason: 'malformed' }),
  issue: async () => ({ ok: false, reason: 'unavailable' }),
  close: async () => {},
};
const server = createApiServer({
  operations: Object.values(operations),
  refusalForm,
  settings: () => serving,
  log,
  registry: new Registry(),
  configVersion: () => 'bench',
});
registerMpesa(server.fastify, {
  database: openDatabase({ url, name: 'bench-api', maxConnections: 4 }),
  auth,
  settings: () => defaultMpesaSettings,
  clock: systemClock,
  newId,
  log,
});
const bound = await server.listen({ host: '127.0.0.1', port: Number(port), shared: true });
process.send?.({ port: bound });
