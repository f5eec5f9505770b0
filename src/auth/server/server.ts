import { sign } from 'node:crypto';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  fastify,
  LogController,
} from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import { answerInOwnForm } from '../../platform/http/http-answers.ts';
import { readBasic } from '../../platform/http/plain-text.ts';
import type { Log } from '../../platform/log.ts';
import { keepRefreshing } from '../refresh.ts';
import { generationOf, makeToken, tokenMacKey } from '../token.ts';
import {
  type KeyDocument,
  longestTokenLifetimeSeconds,
  paths,
  type RevocationDocument,
  signatureAlgorithm,
  signedTypes,
  type TokenDocument,
} from '../wire.ts';
import { type Credentials, createCredentialCheck } from './credentials.ts';
import { currentRevocations, revokeApp } from './revocations.ts';
import { signingKey } from './rotation.ts';
import type { AuthServerSettings } from './settings.ts';
import { maintainedKeys, type SigningKey, sealOfKeys } from './signing-keys.ts';

export interface AuthServerOptions {
  database: Database;
  settings: () => AuthServerSettings;
  clock: Clock;
  log: Log;
  /**
   * Seals the signing keys in the database; the same for all servers, at least 16 characters, kept elsewhere.
   */
  keySecret: string;
  /** Tokens are made with the first, which the API processes have too: see `token.ts`. */
  tokenSecrets: readonly string[];
  /** How each request for a token ended; one with wrong credentials is nobody's failure here. */
  onAsked?: (ended: TokenEnding) => void;
  /** PEM. Absent: plain HTTP, for one machine or behind something that speaks TLS. */
  tls?: { key: string; cert: string };
}

/** `refused`: the caller's credentials are wrong. */
export type TokenEnding = 'issued' | 'refused' | 'unavailable';

export interface AuthServer {
  /** Listens nowhere yet. */
  app: FastifyInstance;
  /** Whether it can sign and publish. */
  ready(): boolean;
  /** Issues a token as it would over the network; counts for nobody. */
  issue(credentials: Credentials): Promise<TokenEnding>;
  /** Stops the background work and the server; requests in flight are finished. */
  close(): Promise<void>;
}

const requestTimeoutMs = 2_000;
const reloadMs = 2_000;

/** By default Node looks for late headers and bodies every 30 s, and gives a TLS handshake 120 s. */
const slowClients = {
  connectionsCheckingInterval: 500,
  headersTimeout: requestTimeoutMs,
  handshakeTimeout: requestTimeoutMs,
};

/**
 * One of the two or more authentication servers. Keys and revocations are held in memory and reloaded every
 * two seconds: with the database gone it goes on publishing, and signing for the apps it has verified of
 * late.
 */
export function createAuthServer({
  database,
  settings,
  clock,
  log,
  keySecret,
  tokenSecrets: [tokenSecret = ''],
  onAsked = () => {},
  tls,
}: AuthServerOptions): AuthServer {
  if (tokenSecret.length < 16) throw new Error('the token secret must have 16 characters');
  const seal = sealOfKeys(keySecret);
  const checkCredentials = createCredentialCheck({ database, clock, log });
  let keys: readonly SigningKey[] = [];
  let revocations: RevocationDocument | undefined;

  const reload = keepRefreshing({
    intervalMs: () => reloadMs,
    timeoutMs: 5_000,
    longestRetryMs: reloadMs,
    onError: (error) =>
      log.warn({ err: error }, 'keys and revocations could not be read; serving the last known'),
    work: async () => {
      keys = await maintainedKeys(database, seal, settings(), clock.now());
      revocations = await currentRevocations(database, clock.now());
      return true;
    },
  });

  const loggerInstance: FastifyBaseLogger = log;
  const app: FastifyInstance = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    ...(tls === undefined ? { http: slowClients } : { https: { ...tls, ...slowClients } }),
    bodyLimit: 4_096,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 30_000,
    keepAliveTimeout: 30_000,
    handlerTimeout: requestTimeoutMs + 1_000,
    forceCloseConnections: 'idle',
  });
  app.server.maxConnections = 2_000;
  answerInOwnForm(app.server, () => JSON.stringify({ error: 'invalid_request' }));

  app.get(paths.keys, async (_request, reply): Promise<KeyDocument | FastifyReply> => {
    if (keys.length === 0) return unavailable(reply);
    return { issuer: settings().issuer, keys: keys.map(({ publicJwk }) => publicJwk) };
  });

  app.get(paths.revocations, async (_request, reply) => {
    if (revocations === undefined) return unavailable(reply);
    const text = signed(signedTypes.revocations, { ...revocations });
    if (text === undefined) return unavailable(reply);
    return reply.type('application/jwt').send(text);
  });

  app.post(paths.token, async (request, reply): Promise<TokenDocument | FastifyReply> => {
    const basic = readBasic(request.headers.authorization);
    if (basic === undefined) return refused(reply);
    const answer = await tokenFor({ consumerKey: basic.user, consumerSecret: basic.password });
    onAsked(typeof answer === 'string' ? answer : 'issued');
    if (answer === 'refused') return refused(reply);
    if (answer === 'unavailable') return unavailable(reply);
    return reply.header('cache-control', 'no-store').send(answer);
  });

  async function tokenFor(credentials: Credentials): Promise<TokenDocument | 'refused' | 'unavailable'> {
    const deadline = Deadline.in(requestTimeoutMs);
    const check = await checkCredentials(credentials, deadline);
    if (!check.ok) return check.reason === 'bad_credentials' ? 'refused' : 'unavailable';
    return (await issued(check.appId, deadline)) ?? 'unavailable';
  }

  async function issued(appId: string, deadline: Deadline): Promise<TokenDocument | undefined> {
    const { tokenLifetimeSeconds, newTokenKillsOld, issuer } = settings();
    const lifetimeMinutes = wholeMinutes(tokenLifetimeSeconds);
    // To the millisecond, so that the token before this one is older even within a second.
    const issuedAtMs = clock.now();
    const key = signingKey(keys, issuedAtMs);
    if (key === undefined) return undefined;
    const token = makeToken(
      { generation: generationOf(key.id), appId, issuedAtMs, lifetimeMinutes },
      tokenMacKey(tokenSecret, key.id, issuer),
    );
    if (newTokenKillsOld) await killOlder(appId, issuedAtMs, deadline);
    // One second less than it lives, as the vendor reports it: a client's cache expires first.
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: lifetimeMinutes * 60 - 1,
      issuer,
    };
  }

  /**
   * The new token is worth more than the end of the old one: failing to end it is reported, not passed on.
   */
  async function killOlder(appId: string, issuedBeforeMs: number, deadline: Deadline): Promise<void> {
    try {
      const result = await within(deadline, 'revocation', () =>
        revokeApp(database, appId, issuedBeforeMs, clock.now()),
      );
      if (result === 'full') log.error({ appId }, 'the revocation list is full: older tokens live on');
    } catch (error) {
      log.error({ err: error, appId }, 'older tokens could not be ended');
    }
  }

  /** A JSON Web Signature (RFC 7515) by the key that signs now. */
  function signed(type: string, claims: Record<string, unknown>): string | undefined {
    const key = signingKey(keys, clock.now());
    if (key?.privateKey === undefined) return undefined;
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const head = part({ alg: signatureAlgorithm, typ: type, kid: key.id });
    const text = `${head}.${part({ ...claims, iss: settings().issuer })}`;
    return `${text}.${sign(null, Buffer.from(text), key.privateKey).toString('base64url')}`;
  }

  return {
    app,
    ready: () => signingKey(keys, clock.now()) !== undefined && revocations !== undefined,
    async issue(credentials) {
      const answer = await tokenFor(credentials);
      return typeof answer === 'string' ? answer : 'issued';
    },
    async close() {
      void reload.stop();
      await app.close();
    },
  };
}

/** A token has room for minutes alone. */
function wholeMinutes(seconds: number): number {
  const most = Math.min(seconds, longestTokenLifetimeSeconds);
  return Math.max(1, Math.floor(most / 60));
}

function refused(reply: FastifyReply): FastifyReply {
  return reply.code(401).header('www-authenticate', 'Basic realm="imara"').send({ error: 'invalid_client' });
}

function unavailable(reply: FastifyReply): FastifyReply {
  return reply.code(503).header('retry-after', '1').send({ error: 'temporarily_unavailable' });
}
