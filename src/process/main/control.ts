import { join } from 'node:path';
import { createControl } from '../../control/control.ts';
import { keptSecret, signingKey, trustedKeysIn } from '../../control/keyring.ts';
import { newToken, seedOperator } from '../../control/operators.ts';
import { defaultControlSettings, localControlSettings } from '../../control/settings.ts';
import { openBooks } from '../../ledger/books.ts';
import { createAccountOpener } from '../../mpesa/parties/accounts/account-opener.ts';
import { systemClock } from '../../platform/clock.ts';
import { Deadline } from '../../platform/deadline.ts';
import { variable } from '../../platform/environment/read.ts';
import { accountDirectory } from '../directories/accounts.ts';
import { appDirectory } from '../directories/apps.ts';
import { callbackDirectory } from '../directories/callbacks.ts';
import { faultDirectory } from '../directories/faults.ts';
import { merchantDirectory } from '../directories/merchants/directory.ts';
import { paymentDirectory } from '../directories/payments/directory.ts';
import { platform } from '../document/platform.ts';
import { rolloutPolicy } from '../installation/release.ts';
import { readCredentialKey } from './environment.ts';
import { runProcess } from './run-process.ts';

/** Operators' requests; and what the leader needs, which must not wait for them. */
const API_CONNECTIONS = 8;
const LEADER_CONNECTIONS = 4;
const BOOKS_CLOSE_MS = 5_000;

/** The control plane. Several may run on one database: one leads. */
await runProcess(async ({ env, log, registry, health, builtIn, database, takes }) => {
  const [firstToken, url] = [variable('IMARA_OPERATOR_TOKEN'), variable('IMARA_CONTROL_URL')];
  const directory = join(env.home, 'control');
  const signer = await signingKey(
    directory,
    { role: 'control', owner: 'control' },
    variable('IMARA_CONTROL_KEY'),
  );
  const agentToken = await keptSecret(
    join(directory, 'agent-token'),
    variable('IMARA_AGENT_TOKEN'),
    newToken,
  );
  const api = database(API_CONNECTIONS);
  const isLocal = env.profile === 'local';
  if (isLocal || firstToken) {
    const token = await keptSecret(join(directory, 'operator-token'), firstToken, newToken);
    await seedOperator(api, { name: isLocal ? 'you' : 'operator', role: 'approver', token });
  }
  if (isLocal) {
    const token = await keptSecret(join(env.home, 'watch', 'control-token'), undefined, newToken);
    await seedOperator(api, { name: 'watch', role: 'viewer', token });
  }
  // For money that is brought to merchants: rarely.
  const books = openBooks({ url: env.databaseUrl, clock: systemClock, log, lanes: 1 });
  const control = createControl({
    name: env.name,
    database: api,
    leaderDatabase: database(LEADER_CONNECTIONS),
    signer,
    keys: trustedKeysIn(directory),
    agentToken,
    services: [
      {
        kind: platform,
        builtIn: () => builtIn.content,
        policy: rolloutPolicy,
        rules: 'rollouts',
        // One number of the profile for both sides: see `demands` in `configuration.ts`.
        insisted: ({ people }) => people,
      },
    ],
    settings: () => (isLocal ? localControlSettings : defaultControlSettings),
    clock: systemClock,
    log,
    registry,
    directories: {
      apps: appDirectory,
      merchants: merchantDirectory({
        books,
        opener: createAccountOpener({
          books,
          settings: () => builtIn.document.accounts,
          termsOf: () => undefined,
          clock: systemClock,
        }),
        certificateFile: join(env.home, 'certificate.pem'),
        privateKey: () => readCredentialKey(env),
        callbackUrls: () => builtIn.document.mpesa.c2b.callbackUrl,
      }),
      callbacks: callbackDirectory,
      faults: faultDirectory(env.allowsFaults),
      payments: paymentDirectory,
      accounts: accountDirectory,
    },
    ...(url === undefined ? {} : { url }),
  });
  health.check(
    'store',
    () =>
      control.ready() ? { ready: true } : { ready: false, reason: 'the store has not answered for 10 s' },
    'shared',
  );
  takes();
  await control.start({ host: env.host, port: env.port ?? 0 });
  return {
    async stop() {
      await control.close();
      await books.close(Deadline.in(BOOKS_CLOSE_MS));
    },
  };
}, 'built-in');
