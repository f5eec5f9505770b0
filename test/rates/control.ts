import { pino } from 'pino';
import { Registry } from 'prom-client';
import { kind } from '../../src/agent/fixtures/rates.ts';
import { createControl } from '../../src/control/control.ts';
import { defaultControlSettings } from '../../src/control/settings.ts';
import { openDatabase } from '../../src/platform/database/database.ts';
import type { RolloutPolicy } from '../../src/rollout/machine/state.ts';
import { signerEd25519 } from '../../src/rollout/signed/signature.ts';
import type { TrustedKey } from '../../src/rollout/signed/signed.ts';
import { quickPolicy } from '../control/world.ts';

// The control plane of the small service, in a process of its own.

export interface ControlProcessOptions {
  readonly databaseUrl: string;
  readonly port: number;
  readonly signer: { readonly key: string; readonly privateKey: string };
  readonly trustedKeys: readonly TrustedKey[];
  readonly agentToken: string;
  readonly policy: Partial<RolloutPolicy>;
}

const options: ControlProcessOptions = JSON.parse(process.argv[2] ?? '{}');
const { databaseUrl, port, signer, trustedKeys, agentToken } = options;
const [database, leaderDatabase] = (['api', 'lead'] as const).map((part) =>
  openDatabase({ url: databaseUrl, name: part, maxConnections: 6, statementTimeoutMs: 2_000 }),
);
if (database === undefined || leaderDatabase === undefined) throw new Error('two were opened');
const settings = {
  ...defaultControlSettings,
  // Longer than the longest wait of an agent between two tries to reach control.
  gatherMs: 2_500,
  lostMs: 3_000,
  policy: { ...quickPolicy, ...options.policy },
};
const control = createControl({
  name: `control-${process.pid}`,
  database,
  leaderDatabase,
  signer: signerEd25519(signer.key, signer.privateKey),
  keys: () => trustedKeys,
  agentToken,
  services: [{ kind, builtIn: () => ({ rate: 1 }) }],
  settings: () => settings,
  clock: { now: () => Date.now() },
  log: pino({ level: process.env.IMARA_LOG_LEVEL ?? 'silent' }),
  registry: new Registry(),
});
await control.start({ host: '127.0.0.1', port });
process.send?.('up');
process.on('disconnect', () => process.exit(0));
