import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { seedApp } from '../../auth/server/apps.ts';
import { keptSecret, signingKey } from '../../control/keyring.ts';
import { newToken } from '../../control/operators.ts';
import { openBooks } from '../../ledger/books.ts';
import { createAccountOpener } from '../../mpesa/parties/accounts/account-opener.ts';
import { sandboxAgent, seedAgent } from '../../mpesa/parties/agents.ts';
import { initiatorRoles, seedInitiator } from '../../mpesa/parties/initiators/initiators.ts';
import { seedOrganisation } from '../../mpesa/parties/organisations.ts';
import {
  sandboxOrganisation,
  sandboxTill,
  seedSandbox,
  seedTill,
  stockSandbox,
  taxAuthority,
} from '../../mpesa/parties/sandbox.ts';
import { systemClock } from '../../platform/clock.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { migrate } from '../../platform/database/migrate.ts';
import { Deadline } from '../../platform/deadline.ts';
import { variable } from '../../platform/environment/read.ts';
import { createLog } from '../../platform/log.ts';
import { loadCredentials } from '../../supervisor/home/credentials.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { withGrant } from '../../supervisor/postgres/permission.ts';
import { schema } from '../document/schema.ts';
import { builtInRelease } from '../installation/built-in.ts';
import { seedSyntheticMerchant } from '../synthetic/merchant.ts';
import { readEnvironment } from './environment.ts';

const STOCK_MS = 10_000;

// Runs to its end before anything serves: brings the schema up to date, then writes the app and the
// organisation that the credentials of this home name, and makes what agents and control know each other by.
// Idempotent; run at each start.
const environment = readEnvironment();
const { databaseUrl, name, home, profile } = environment;
makeHome(home);
const database = openDatabase({ url: databaseUrl, name, maxConnections: 2 });
try {
  for (const migration of await migrate(database, schema))
    console.log(`${new Date().toISOString()} applied ${migration}`);
  const { consumerKey, consumerSecret, shortCode, passkey, initiatorName, initiatorPassword } =
    await loadCredentials(homeOf());
  const initiator = { username: initiatorName, password: initiatorPassword, roles: initiatorRoles };
  const installation = join(home, 'control');
  await signingKey(installation, { role: 'control', owner: 'control' }, variable('IMARA_CONTROL_KEY'));
  await keptSecret(join(installation, 'agent-token'), variable('IMARA_AGENT_TOKEN'), newToken);
  await Promise.all([
    seedApp(database, { name: 'sandbox', consumerKey, consumerSecret }),
    seedOrganisation(database, { ...sandboxOrganisation, shortCode, passkey }),
    seedTill(database, passkey),
    seedAgent(database, sandboxAgent),
    seedInitiator(database, { ...initiator, shortCode }),
    seedInitiator(database, { ...initiator, shortCode: sandboxTill.store }),
    seedSyntheticMerchant(database, home),
    seedOrganisation(database, { ...taxAuthority, products: [] }),
  ]);
  if (profile === 'local') await seedLaptop();
} catch (error) {
  const told = withGrant(error, databaseUrl);
  if (told === error) throw error;
  process.stderr.write(`${told}\n`);
  process.exitCode = 1;
} finally {
  await database.end();
}

/** The vendor's short codes, with money. That a configuration file is wrong, those who serve say. */
async function seedLaptop(): Promise<void> {
  await seedSandbox(database);
  const log = createLog(name);
  const release = await builtInRelease(environment, undefined, log).catch(() => undefined);
  if (release === undefined) return;
  const settings = release.document.accounts;
  const books = openBooks({ url: databaseUrl, clock: systemClock, log, lanes: 1 });
  const deadline = Deadline.in(STOCK_MS);
  try {
    const opener = createAccountOpener({
      books,
      settings: () => settings,
      termsOf: () => undefined,
      clock: systemClock,
    });
    await stockSandbox({ books, opener }, settings, deadline);
  } finally {
    await books.close(deadline);
  }
}

/** Before anything is written into the database: keys and tokens that go with it are kept here. */
function makeHome(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `IMARA_HOME (${directory}) cannot be used: ${why}; nothing was migrated. Make it, writable for this user\n`,
    );
    process.exit(1);
  }
}
