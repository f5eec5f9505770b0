import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { isPlain } from '../../platform/http/plain-text.ts';
import { hashSecret, randomCredential, secretMatches } from './secrets.ts';

export interface App {
  /** Its number, as text: what its tokens carry. */
  id: string;
  secretHash: string;
  state: 'active' | 'disabled';
}

export interface NewApp {
  name: string;
  /** Made up when absent. */
  consumerKey?: string;
  consumerSecret?: string;
}

export interface AppCredentials {
  appId: string;
  consumerKey: string;
  /** Shown this once: only its hash is kept. */
  consumerSecret: string;
}

/**
 * Registers an app. Rejects when another app has the consumer key, or when the key has a colon (the header
 * that carries it ends it there).
 */
export async function createApp(
  database: Database | DatabaseClient,
  { name, consumerKey = randomCredential(48), consumerSecret = randomCredential(64) }: NewApp,
): Promise<AppCredentials> {
  if (consumerKey === '' || consumerKey.includes(':')) {
    throw new Error('a consumer key must have a character and no colon');
  }
  if (![name, consumerKey, consumerSecret].every(isPlain)) {
    throw new Error('name, consumer key and secret of an app must have no control characters');
  }
  const { rows } = await database.query<{ id: string }>(
    'insert into auth.app (name, consumer_key, secret_hash) values ($1, $2, $3) returning id::text',
    [name, consumerKey, await hashSecret(consumerSecret)],
  );
  const [{ id: appId } = { id: '' }] = rows;
  return { appId, consumerKey, consumerSecret };
}

/**
 * Registers an app whose credentials are given, or brings the one with that consumer key up to date.
 * Idempotent.
 */
export async function seedApp(
  database: Database,
  { name, consumerKey, consumerSecret }: Required<NewApp>,
): Promise<void> {
  const app = await findApp(database, consumerKey);
  if (app === undefined) await createApp(database, { name, consumerKey, consumerSecret });
  else if (!(await secretMatches(consumerSecret, app.secretHash))) {
    await database.query('update auth.app set secret_hash = $2 where id = $1', [
      app.id,
      await hashSecret(consumerSecret),
    ]);
  }
}

export async function findApp(database: Database, consumerKey: string): Promise<App | undefined> {
  const { rows } = await database.query<App>(
    'select id::text, secret_hash as "secretHash", state from auth.app where consumer_key = $1',
    [consumerKey],
  );
  return rows[0];
}

/** A disabled app gets no new token; revoke its tokens (`revokeApp`) to end those it has. */
export async function setAppState(
  database: Database | DatabaseClient,
  appId: string,
  state: App['state'],
): Promise<boolean> {
  const { rowCount } = await database.query('update auth.app set state = $2 where id = $1', [appId, state]);
  return rowCount === 1;
}

/** Gives it another secret. Returns it: only its hash is kept. */
export async function rotateSecret(database: Database | DatabaseClient, appId: string): Promise<string> {
  const secret = randomCredential(64);
  await database.query('update auth.app set secret_hash = $2 where id = $1', [
    appId,
    await hashSecret(secret),
  ]);
  return secret;
}

/** All of them, by their names; no secret. */
export async function listApps(
  database: Database | DatabaseClient,
): Promise<(Pick<App, 'id' | 'state'> & { name: string; consumerKey: string })[]> {
  const { rows } = await database.query<Pick<App, 'id' | 'state'> & { name: string; consumerKey: string }>(
    'select id::text, name, consumer_key as "consumerKey", state from auth.app order by name, id',
  );
  return rows;
}
