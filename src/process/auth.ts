import { createAuthServer } from '../auth/server/server.ts';
import { systemClock } from '../platform/clock.ts';
import { readKeySecret } from './environment.ts';
import { runProcess } from './root.ts';

// An authentication server: issues tokens, publishes keys and revocations.
await runProcess(async ({ env, log, health, release, database }) => {
  const server = createAuthServer({
    database: database(8),
    settings: () => {
      const { issuer, tokens } = release().document.auth;
      return { issuer, ...tokens };
    },
    clock: systemClock,
    log,
    keySecret: readKeySecret(env),
  });
  health.check('keys', () =>
    server.ready() ? { ready: true } : { ready: false, reason: 'no signing key has been read yet' },
  );
  await server.app.listen({ host: env.host, port: env.port ?? 0 });
  return () => server.close();
});
