import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Histogram, build as histogram } from 'hdr-histogram-js';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { pino } from 'pino';
import { createAuthClient } from '../../src/auth/client/client.ts';
import { defaultAuthClientSettings } from '../../src/auth/client/settings.ts';
import type { AuthClient } from '../../src/auth/client/types.ts';
import { createApp } from '../../src/auth/server/apps.ts';
import { defaultAuthServerSettings } from '../../src/auth/server/settings.ts';
import { maintainedKeys, type SigningKey, sealOfKeys } from '../../src/auth/server/signing-keys.ts';
import { generationOf, makeToken, tokenMacKey } from '../../src/auth/token.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/platform/database/database.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { Deadline } from '../../src/platform/deadline.ts';
import { newId } from '../../src/platform/ids.ts';
import { startPostgres } from '../../src/supervisor/postgres/postgres.ts';
import { until } from '../../test/until.ts';
import { nextMessage } from '../children.ts';
import { type Bench, median } from '../report.ts';

const migrations = new URL('../../src/auth/migrations', import.meta.url).pathname;
const keySecret = 'the secret of the auth bench';
const tokenSecret = 'the token secret of the bench';
const log = pino({ level: 'silent' });

/**
 * Requests a second offered while the servers come and go; one in twenty carries a token never seen before.
 */
const offeredPerMs = 10;
const newEvery = 20;
const freshTokens = (1_000 * offeredPerMs) / newEvery;
const appTokens = 10_000;
const roundTokens = 2_000;

/** Verification beside bare jose; then its time with two real servers, running and stopped in turn. */
export const auth: Bench = async ({ seconds, log: say }) => {
  const directory = await mkdtemp(join(tmpdir(), 'imara-bench-'));
  const postgres = await startPostgres({ directory, port: 0 });
  const database = openDatabase({ url: postgres.url(), name: 'bench', maxConnections: 2 });
  const servers: ChildProcess[] = [];
  try {
    await migrate(database, [{ part: 'auth', directory: migrations }]);
    const app = await createApp(database, { name: 'bench' });
    const started = [await startServer(postgres.url()), await startServer(postgres.url())];
    servers.push(...started.map(({ process }) => process));
    const settings = {
      ...defaultAuthClientSettings,
      servers: started.map(({ address }) => address),
      keyRefreshSeconds: 1,
      revocationRefreshSeconds: 1,
    };
    const client = createAuthClient({
      settings: () => settings,
      clock: systemClock,
      log,
      tokenSecrets: [tokenSecret],
    });
    const issued = await client.issue(app, Deadline.in(5_000));
    if (!issued.ok) throw new Error('the servers issue no token');
    const key = await signingKeyOf(database);
    const seen = tokensOf(key, appTokens);
    for (const token of seen) await accepted(client, token);

    const signed = await signedTokens(key, roundTokens);

    // In turns, so that whatever else the machine does falls on all alike.
    const rates: { again: number[]; first: number[]; jose: number[] } = { again: [], first: [], jose: [] };
    for (let round = 0; round < 5; round += 1) {
      const strangers = tokensOf(key, roundTokens);
      rates.first.push(verifyAll(client, strangers));
      rates.jose.push(await joseAll(key, signed));
      const passes = Array.from({ length: 20 }, () => verifyAll(client, seen));
      rates.again.push(median(passes));
    }
    const [again, first, jose] = [median(rates.again), median(rates.first), median(rates.jose)];
    say(`seen before ${Math.round(again)}/s, not seen ${Math.round(first)}/s, jose ${Math.round(jose)}/s`);

    const normal = histogram();
    const hung = histogram();
    let failures = 0;
    for (let round = 0; round < seconds; round += 1) {
      for (const server of servers) server.kill('SIGCONT');
      await answering(client, app);
      failures += await offer(client, seen, tokensOf(key, freshTokens), app, normal);
      const fresh = tokensOf(key, freshTokens);
      for (const server of servers) server.kill('SIGSTOP');
      failures += await offer(client, seen, fresh, app, hung);
    }
    say(`p99 normal ${micros(normal, 99)} µs, hung ${micros(hung, 99)} µs, failures ${failures}`);
    await client.close();
    return {
      bench: 'auth',
      figures: [
        {
          what: 'verifications, token seen before',
          value: again,
          unit: '/s',
          reach: { at: 'least', value: 200_000 },
        },
        { what: 'verifications, token not seen before', value: first, unit: '/s' },
        { what: 'bare jose (jwtVerify)', value: jose, unit: '/s' },
        { what: 'seen before ÷ bare jose', value: again / jose, unit: '×' },
        { what: 'not seen before ÷ bare jose', value: first / jose, unit: '×' },
        { what: 'verification p50, servers running', value: micros(normal, 50), unit: 'µs' },
        { what: 'verification p50, servers hung', value: micros(hung, 50), unit: 'µs' },
        { what: 'verification p99, servers running', value: micros(normal, 99), unit: 'µs' },
        { what: 'verification p99, servers hung', value: micros(hung, 99), unit: 'µs' },
        {
          what: 'p99 hung ÷ running',
          value: micros(hung, 99) / micros(normal, 99),
          unit: '×',
          reach: { at: 'most', value: 1.2 },
        },
        { what: 'failed verifications', value: failures, unit: '', reach: { at: 'most', value: 0 } },
      ],
      notes: [
        'a second is one of processor time, on whatever threads; jose with one verification at a time',
        `hung: both servers stopped (SIGSTOP) for a second, running for a second, ${seconds} times; ${offeredPerMs * 1_000} verifications/s, 1 in ${newEvery} not seen before; a token is asked for every 50 ms throughout`,
      ],
    };
  } finally {
    for (const server of servers) server.kill('SIGKILL');
    await database.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

async function startServer(url: string): Promise<{ process: ChildProcess; address: string }> {
  const script = new URL('./server.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, url, keySecret, tokenSecret], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { address } = await nextMessage<{ address: string }>(child, 'an authentication server');
  return { process: child, address };
}

/**
 * The key the servers sign with, out of their database: the bench needs more tokens than it wants to ask for.
 */
async function signingKeyOf(database: ReturnType<typeof openDatabase>): Promise<SigningKey> {
  const keys = await maintainedKeys(database, sealOfKeys(keySecret), defaultAuthServerSettings, Date.now());
  const [key] = keys;
  if (key === undefined) throw new Error('the servers have no key');
  return key;
}

let made = 0;

/** Tokens as the servers make them, no two alike. */
function tokensOf({ id }: SigningKey, count: number): string[] {
  const macKey = tokenMacKey(tokenSecret, id, defaultAuthServerSettings.issuer);
  return Array.from({ length: count }, () => {
    made += 1;
    const fields = { generation: generationOf(id), appId: String(made), issuedAtMs: Date.now() };
    return makeToken({ ...fields, lifetimeMinutes: 60 }, macKey);
  });
}

/** Signed tokens as other systems have them: what is compared with. */
function signedTokens({ id, privateKey }: SigningKey, count: number): Promise<string[]> {
  if (privateKey === undefined) throw new Error('the key is sealed');
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      new SignJWT()
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: id })
        .setIssuer(defaultAuthServerSettings.issuer)
        .setSubject(`app-${index}`)
        .setJti(newId())
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    ),
  );
}

async function accepted(client: AuthClient, token: string): Promise<void> {
  const result = await client.verify(token, Deadline.in(5_000));
  if (!result.ok) throw new Error(`a good token was refused: ${result.reason}`);
}

/**
 * Seconds of processor time this process has used: what "a core" means on a machine that does other things
 * too.
 */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/**
 * Verifications a second of processor time. Each request brings its token as a new string, as it comes out of
 * a header.
 */
function verifyAll(client: AuthClient, tokens: readonly string[]): number {
  const deadline = Deadline.in(60_000);
  const headers = tokens.map((token) => Buffer.from(`Bearer ${token}`));
  const before = cpuSeconds();
  for (const header of headers) {
    const result = client.verify(header.toString('latin1', 7), deadline);
    if (!('ok' in result && result.ok)) throw new Error('a good token was refused');
  }
  return tokens.length / (cpuSeconds() - before);
}

/** Verifications a second of processor time by jose, one after the other. */
async function joseAll(key: SigningKey, tokens: readonly string[]): Promise<number> {
  const keys = createLocalJWKSet({ keys: [{ ...key.publicJwk }] });
  const before = cpuSeconds();
  for (const token of tokens) await jwtVerify(token, keys, { issuer: defaultAuthServerSettings.issuer });
  return tokens.length / (cpuSeconds() - before);
}

async function answering(client: AuthClient, app: Parameters<AuthClient['issue']>[0]): Promise<void> {
  const deadline = Deadline.in(30_000);
  await until('the servers are back', async () => (await client.issue(app, deadline)).ok, {
    deadlineMs: 30_000,
    everyMs: 100,
  });
}

/** A second of offered verifications, each timed; returns how many failed. */
async function offer(
  client: AuthClient,
  seen: readonly string[],
  fresh: readonly string[],
  app: Parameters<AuthClient['issue']>[0],
  times: Histogram,
): Promise<number> {
  const startedAt = performance.now();
  const asked: Promise<unknown>[] = [];
  let failures = 0;
  for (let n = 0; n < 1_000 * offeredPerMs; n += 1) {
    while (n >= (performance.now() - startedAt) * offeredPerMs) await pause(1);
    if (n % (50 * offeredPerMs) === 0) asked.push(client.issue(app, Deadline.in(3_000)));
    const token = (n % newEvery === 0 ? fresh[n / newEvery] : seen[n % seen.length]) ?? '';
    const begun = process.hrtime.bigint();
    const result = await client.verify(token, Deadline.in(1_000));
    times.recordValue(Number(process.hrtime.bigint() - begun));
    if (!result.ok) failures += 1;
  }
  await Promise.all(asked);
  return failures;
}

function micros(times: Histogram, percentile: number): number {
  return times.getValueAtPercentile(percentile) / 1_000;
}
