import { createAuthServer } from '../auth/server/server.ts';
import { paths } from '../auth/wire.ts';
import { systemClock } from '../platform/clock.ts';
import { readKeySecret, readTokenSecrets } from './environment.ts';
import type { Role, Root } from './root.ts';

/** An authentication server: issues tokens, publishes keys and revocations. */
export async function serveAuth(root: Root): Promise<Role> {
  const { env, log, health, release, database } = root;
  const server = createAuthServer({
    database: database(8),
    settings: () => {
      const { issuer, tokens } = release().document.auth;
      return { issuer, ...tokens };
    },
    clock: systemClock,
    log,
    keySecret: readKeySecret(env),
    tokenSecrets: readTokenSecrets(env),
  });
  health.check('keys', () =>
    server.ready() ? { ready: true } : { ready: false, reason: 'no signing key has been read yet' },
  );
  await server.app.listen({ host: env.host, port: env.port ?? 0 });
  return {
    stop: () => server.close(),
    async probe() {
      const { statusCode } = await server.app.inject({ method: 'GET', url: paths.keys });
      if (statusCode !== 200) throw new Error(`the keys are answered with status ${statusCode}`);
      return 'keys';
    },
  };
}
