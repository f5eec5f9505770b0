// The control process of the propagation bench: the real one, with a policy whose first wave is everybody.
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createControl } from '../../src/control/control.ts';
import { type ControlSettings, defaultControlSettings } from '../../src/control/settings.ts';
import { openDatabase } from '../../src/platform/database/database.ts';
import { signerEd25519 } from '../../src/rollout/signed/signature.ts';
import { builtIn, CONTROL_KEY, type ControlStart, kind } from './parties.ts';

process.once('disconnect', () => process.exit(0));
process.once('message', async ({ databaseUrl, privateKey, keys, agentToken, agents }: ControlStart) => {
  const { policy } = defaultControlSettings;
  const settings: ControlSettings = {
    ...defaultControlSettings,
    // Everything shares two cores, and a late beat shall not end the measurement.
    lostMs: 30_000,
    policy: {
      ...policy,
      gate: { ...policy.gate, facts: { ...policy.gate.facts, silentMs: 20_000 } },
      waves: {
        ...policy.waves,
        firstWave: agents,
        holdBack: 0,
        maxFailed: { firstWave: Number.MAX_SAFE_INTEGER, laterWaves: Number.MAX_SAFE_INTEGER },
      },
    },
  };
  const [database, leaderDatabase] = ['api', 'lead'].map((part) =>
    openDatabase({ url: databaseUrl, name: `control ${part}`, maxConnections: 6 }),
  );
  if (database === undefined || leaderDatabase === undefined) throw new Error('two were opened');
  const control = createControl({
    name: 'control-1',
    database,
    leaderDatabase,
    signer: signerEd25519(CONTROL_KEY, privateKey),
    keys: () => keys,
    agentToken,
    services: [{ kind, builtIn: () => builtIn }],
    settings: () => settings,
    clock: { now: () => Date.now() },
    log: pino({ level: 'warn' }),
    registry: new Registry(),
  });
  const port = await control.start({ host: '127.0.0.1', port: 0 });
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
