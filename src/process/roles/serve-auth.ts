import { createAuthServer } from '../../auth/server/server.ts';
import { paths } from '../../auth/wire.ts';
import { systemClock } from '../../platform/clock.ts';
import { releaseLabel } from '../installation/configuration.ts';
import { readKeySecret, readTokenSecrets } from '../main/environment.ts';
import type { Role, Root } from '../main/run-process.ts';
import { syntheticMerchant } from '../synthetic/merchant.ts';

/** An authentication server: issues tokens, publishes keys and revocations. */
export async function serveAuth(root: Root): Promise<Role> {
  const { env, log, health, release, database, record } = root;
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
    // Wrong credentials are counted where the caller is answered.
    onAsked(ended) {
      if (ended !== 'refused') record(ended === 'issued' ? 'good' : 'error', releaseLabel(release()));
    },
  });
  const merchant = await syntheticMerchant(env.home);
  health.check('keys', () =>
    server.ready() ? { ready: true } : { ready: false, reason: 'no signing key has been read yet' },
  );
  root.takes();
  await server.app.listen({ host: env.host, port: env.port ?? 0 });
  return {
    stop: () => server.close(),
    async probe() {
      const { statusCode } = await server.app.inject({ method: 'GET', url: paths.keys });
      if (statusCode !== 200) throw new Error(`the keys are answered with status ${statusCode}`);
      // It would end the token that payments are tried with.
      if (release().document.auth.tokens.newTokenKillsOld) return 'keys';
      const ended = await server.issue(merchant);
      if (ended === 'unavailable') throw new Error('no token is issued');
      // Where the merchant of this home is not known, the answer was made all the same.
      return ended === 'issued' ? 'token' : 'keys';
    },
  };
}
