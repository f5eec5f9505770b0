import type { BadValue } from '../agent/taster/verdict.ts';
import { send } from '../delivery/send.ts';
import type { DeliverySettings } from '../delivery/types.ts';
import type { Deadline } from '../platform/deadline.ts';

/** A name that is reserved never to resolve (RFC 2606), and a port of this machine that nobody serves. */
const NAME = 'https://callback.invalid/';
const ADDRESS = 'https://127.0.0.1:9/';

/**
 * Has the worker's own code read what only an attempt reads: name servers, and the authority to trust. No callback can arrive
 * anywhere; only that an attempt could be made at all is looked at.
 */
export async function badDelivery(
  settings: DeliverySettings,
  deadline: Deadline,
): Promise<BadValue | undefined> {
  const tried = { dnsServers: NAME, ca: ADDRESS };
  const rules = { ...settings, allowPrivateTargets: true };
  for (const [key, url] of Object.entries(tried)) {
    try {
      await send({ url, headers: {}, body: '{}' }, rules, deadline, () => {});
    } catch (error) {
      return { key: `delivery.${key}`, cause: error instanceof Error ? error.message : String(error) };
    }
  }
  return undefined;
}
