import type { BadValue, Taste, TasteContext } from '../../agent/taster/verdict.ts';
import { Deadline } from '../../platform/deadline.ts';
import type { PlatformDocument, platformSchema } from '../document/platform.ts';

export { platform as kind } from '../document/platform.ts';

/**
 * For the addresses, and for the payments after them; the process is given more in all (`configuration.ts`).
 */
const ASK_MS = 6_000;
const PAY_MS = 8_000;

// Runs in a process of its own with each new document, before anything serves with it, from where it will be
// used. What no look at the document can judge is done: each address is resolved, connected to and asked for
// its keys, each reader of a setting reads it, and payments are made through an API that is built on the
// document.
export const taste: Taste<typeof platformSchema> = async (document, context) => {
  const { purpose, signal } = context;
  // All but the switch is served with already. What tries the rest is not even loaded: that would be most of
  // what this costs.
  if (purpose === 'switch') return undefined;
  const [{ createQuota }, { badCallbacks, badDelivery, badTariff }] = await Promise.all([
    import('../../serving/admission/quota.ts'),
    import('./delivery.ts'),
  ]);
  createQuota(() => document.serving.quota);
  // A way back must load; that its servers answer today is not asked, for they may be why one leaves.
  if (purpose === 'way back') return badDelivery(document.delivery, Deadline.in(ASK_MS));
  const { badServing } = await import('./payments.ts');
  const bad =
    (await badAddress(document, context, Deadline.in(ASK_MS))) ??
    badTariff(document) ??
    (await badDelivery(document.delivery, Deadline.in(ASK_MS))) ??
    (await badCallbacks(document, Deadline.in(ASK_MS))) ??
    (await badServing(document, Deadline.in(PAY_MS)));
  signal.throwIfAborted();
  return bad;
};

/**
 * Of the addresses of this environment, tasted one by one and judged as sets beside those that are served
 * with now.
 */
async function badAddress(
  { auth, delivery }: PlatformDocument,
  { served, warn }: TasteContext<PlatformDocument>,
  deadline: Deadline,
): Promise<BadValue | undefined> {
  const [{ tasteNameServers }, { tasteAuthServers }, { ours }] = await Promise.all([
    import('./name-servers.ts'),
    import('./authentication.ts'),
    import('./ours.ts'),
  ]);
  const sets = await Promise.all([
    tasteNameServers('auth.dnsServers', auth.dnsServers, served?.auth.dnsServers, deadline),
    tasteAuthServers(auth, served?.auth, await ours(served?.auth.issuer ?? auth.issuer), deadline),
    tasteNameServers('delivery.dnsServers', delivery.dnsServers, served?.delivery.dnsServers, deadline),
  ]);
  for (const { warnings } of sets) for (const value of warnings) warn(value);
  return sets.find(({ bad }) => bad !== undefined)?.bad;
}
