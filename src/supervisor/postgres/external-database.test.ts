import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { testDatabase } from '../../../test/database.ts';
import { homeOf } from '../home/home.ts';
import { environmentDatabases } from './environment-databases.ts';
import { refuseForgottenDatabase, rememberDatabase } from './remembered-database.ts';
import { checkServer } from './server-version.ts';

const { database, url } = await testDatabase();
const directory = await mkdtemp(join(tmpdir(), 'imara-external-'));
const role = `r_${randomBytes(4).toString('hex')}`;
const name = new URL(url).pathname.slice(1);
await database.query(`create role ${role} login password 'x'`);
const asRole = new URL(url);
[asRole.username, asRole.password] = [role, 'x'];
// The database is dropped by now; a role belongs to the whole server.
after(async () => {
  const client = new Client({ connectionString: process.env.IMARA_TEST_POSTGRES });
  await client.connect();
  await client.query(`drop role ${role}`).finally(() => client.end());
  await rm(directory, { recursive: true, force: true });
});

function prepare(home: string, databaseUrl: string): Promise<string> {
  const env = { ...process.env, IMARA_HOME: home, DATABASE_URL: databaseUrl, IMARA_PROFILE: 'local' };
  return promisify(execFile)(process.execPath, ['src/process/main/prepare.ts'], {
    env,
    timeout: 60_000,
  }).then(
    () => '',
    ({ stderr }: { stderr: string }) => stderr,
  );
}

const migrations = async () => (await database.query('select from imara_migration')).rowCount;

test('a role that may not create the database of testing is named, with what gives it that', async () => {
  await assert.rejects(environmentDatabases(['production', 'testing'], asRole.href, {}), {
    message: new RegExp(
      `the role "${role}" .*ALTER ROLE "${role}" CREATEDB; or: CREATE DATABASE "${name}_testing" OWNER "${role}";`,
    ),
  });
});

test('a role that may not create tables is named, with the grant that it lacks', async () => {
  const said = await prepare(directory, asRole.href);
  assert.match(said, new RegExp(`GRANT USAGE, CREATE ON SCHEMA public TO "${role}"`));
  assert.ok(!said.includes('at '), 'no stack');
});

test('a home that cannot be made is told of before anything is migrated', async () => {
  const file = join(directory, 'a-file');
  await writeFile(file, '');
  const said = await prepare(join(file, 'home'), url);
  assert.match(said, /IMARA_HOME \(.*\) cannot be used: .*nothing was migrated/);
  assert.equal(await migrations(), 0);
});

test('a home that was made with DATABASE_URL is not opened without it, and says where its database is', async () => {
  const home = homeOf({ IMARA_HOME: directory });
  await refuseForgottenDatabase(home);
  await rememberDatabase(home, asRole.href);
  await assert.rejects(refuseForgottenDatabase(home), (error: Error) => {
    assert.ok(error.message.includes(`${asRole.host}/${name}`) && !error.message.includes(role));
    return /DATABASE_URL is not set/.test(error.message);
  });
});

test('a URL that cannot be used is refused in words before anybody is asked', async () => {
  const several = 'postgres://a:secret@one:5432,two:5432/db?target_session_attrs=standby';
  await assert.rejects(checkServer(several, 1_000), /DATABASE_URL cannot be used: target_session_attrs is/);
  await assert.rejects(
    environmentDatabases(['testing'], url, { IMARA_TESTING_DATABASE_URL: several }),
    /IMARA_TESTING_DATABASE_URL cannot be used/,
  );
});
