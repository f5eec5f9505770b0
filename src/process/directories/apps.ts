import { listApps, rotateSecret, setAppState } from '../../auth/server/apps.ts';
import { freshMs } from '../../auth/server/credentials.ts';
import { revokeApp, revokeToken } from '../../auth/server/revocations.ts';
import { parseToken } from '../../auth/token.ts';
import { choicesText } from '../../config/check/nearest.ts';
import type { AppDirectory } from '../../control/directories/apps.ts';
import { productNames } from '../../mpesa/catalogue.ts';
import { productsOfApps, setAppProducts } from '../../mpesa/parties/app-products.ts';

/** What the authentication servers know of the service's clients, for control. */
export const appDirectory: AppDirectory = {
  async list(client) {
    const [apps, products] = await Promise.all([listApps(client), productsOfApps(client)]);
    return apps.map((app) => ({ ...app, products: products.get(app.id) ?? null }));
  },
  async setState(client, id, state, now) {
    await setAppState(client, id, state);
    if (state === 'active') return 'done';
    // A server that verified its secret just now goes on issuing tokens for as long: those end too.
    return (await revokeApp(client, id, now + freshMs, now)) === 'full' ? 'full' : 'done';
  },
  async setProducts(client, id, products, now) {
    const wrong = products?.find((name) => !productNames.some((known) => known === name));
    if (wrong !== undefined)
      return { refused: `there is no product ${wrong}: ${choicesText('products', productNames, wrong)}` };
    await setAppProducts(client, id, products ?? 'all', now);
    return 'done';
  },
  async rotate(client, id) {
    const { rowCount } = await client.query('select from mpesa.organisation_app where app_id = $1', [id]);
    if (rowCount === 0)
      return {
        refused:
          'only the secret of an app that was made for a merchant can be replaced: that of any other is written again at each start',
      };
    return { consumerSecret: await rotateSecret(client, id) };
  },
  async revoke(client, token, now) {
    const parsed = parseToken(token);
    if (parsed === undefined) return undefined;
    const { tokenId, appId: app } = parsed;
    return { result: await revokeToken(client, tokenId, now), tokenId, app };
  },
};
