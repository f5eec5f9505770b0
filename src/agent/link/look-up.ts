import { lookup, promises } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * Resolves control's name without the thread pool: `getaddrinfo` of a silent name server would hold two of
 * its few threads for seconds, and the service's files and names wait behind them. Only a name that DNS does
 * not know is looked up the system's way (hosts file, search domains), which is quick then.
 */
export const lookUp: LookupFunction = (hostname, options, callback) => {
  if (hostname === 'localhost') return lookup(hostname, options, callback);
  const resolver = new promises.Resolver({ timeout: 400, tries: 2 });
  Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]).then(([v4, v6]) => {
    const addresses = [
      ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
      ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
    ];
    const [first] = addresses;
    if (first !== undefined) {
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
      return;
    }
    const reason: unknown = v4.status === 'rejected' ? v4.reason : new Error(`${hostname} has no address`);
    if (isUnknown(reason)) lookup(hostname, options, callback);
    else callback(reason instanceof Error ? reason : new Error(String(reason)), '');
  });
};

function isUnknown(reason: unknown): boolean {
  return (
    reason instanceof Error && 'code' in reason && ['ENOTFOUND', 'ENODATA'].includes(String(reason.code))
  );
}
