import { after } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createControl } from '../../src/control/control.ts';
import { newToken, putOperator } from '../../src/control/operators.ts';
import { defaultControlSettings } from '../../src/control/settings.ts';
import { c2bSettings } from '../../src/mpesa/products/c2b/settings.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { defaultsOf } from '../../src/platform/settings.ts';
import { accountDirectory } from '../../src/process/directories/accounts.ts';
import { appDirectory } from '../../src/process/directories/apps.ts';
import { callbackDirectory } from '../../src/process/directories/callbacks.ts';
import { faultDirectory } from '../../src/process/directories/faults.ts';
import {
  type MerchantDirectoryOptions,
  merchantDirectory,
} from '../../src/process/directories/merchants/directory.ts';
import { paymentDirectory } from '../../src/process/directories/payments/directory.ts';
import { schema } from '../../src/process/document/schema.ts';
import { newKeyPair, signerEd25519 } from '../../src/rollout/signed/signature.ts';
import { testDatabase } from '../database.ts';
import { managed } from './world.ts';

/** Money of merchants is not these tests' matter. */
export const noBooks: MerchantDirectoryOptions = {
  books: { post: () => Promise.reject(new Error('no books here')) },
  opener: { open: () => Promise.reject(new Error('no books here')) },
  certificateFile: '/nowhere/certificate.pem',
  privateKey: () => '',
  callbackUrls: () => defaultsOf(c2bSettings).callbackUrl,
};

/** Control with everything that other parts keep in its database; without agents. */
export async function installation({
  allowsFaults = true,
  database: given,
  merchants = noBooks,
}: {
  allowsFaults?: boolean;
  database?: Database;
  merchants?: MerchantDirectoryOptions;
} = {}) {
  const database = given ?? (await testDatabase(schema)).database;
  const token = newToken();
  await putOperator(database, { name: allowsFaults ? 'amina' : 'juma', role: 'editor', token });
  const control = createControl({
    name: `control-${allowsFaults}`,
    database,
    leaderDatabase: database,
    signer: signerEd25519('key', newKeyPair().privateKey),
    keys: () => [],
    agentToken: 'agents',
    services: [managed],
    settings: () => defaultControlSettings,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    registry: new Registry(),
    directories: {
      apps: appDirectory,
      merchants: merchantDirectory(merchants),
      callbacks: callbackDirectory,
      faults: faultDirectory(allowsFaults),
      payments: paymentDirectory,
      accounts: accountDirectory,
    },
  });
  const port = await control.start({ host: '127.0.0.1', port: 0 });
  after(() => control.close());
  return { control, database, token, url: `http://127.0.0.1:${port}` };
}
